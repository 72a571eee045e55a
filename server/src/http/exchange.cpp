// SPDX-License-Identifier: MIT
#include "http/exchange.hpp"

#include <array>
#include <exception>
#include <utility>
#include <variant>

#include "http/field_values.hpp"
#include "http/framing.hpp"
#include "http/method.hpp"
#include "http/target.hpp"

namespace convert::server::http {
namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

constexpr std::uint64_t kDrained = std::uint64_t{256} << 10;
constexpr auto kDraining = 2s;

std::string_view without_query(std::string_view target) {
  return target.substr(0, target.find_first_of("?#"));
}

/// In a catch block.
std::string what_was_thrown() {
  try {
    throw;
  } catch (const std::exception& thrown) {
    return thrown.what();
  } catch (...) {
    return "something that is no std::exception was thrown";
  }
}

}  // namespace

Exchange::Exchange(const Service& service, Line line, const Head& head, Peer peer, std::string_view prefix)
    : service_(service), line_(std::move(line)), head_(head), prefix_(prefix), begun_(Clock::now()) {
  asked_ = {method_of(head.method), head.version, head.fields};
  request_.method = asked_.method;
  request_.fields = head.fields;
  request_.peer = std::move(peer);
  request_.executor = line_.executor;
  request_.closing = service.closing;
  const std::optional<std::string_view> id = asked_.field("X-Request-Id");
  request_.id = id && RequestIds::acceptable(*id) ? std::string(*id) : service.ids.make();
}

Response Exchange::refused(const Refusal& refusal) {
  close_ = true;
  return problem(refusal.status, refusal.code, refusal.detail);
}

Async<After> Exchange::refuse(const Refusal& refusal) {
  Response answer = refused(refusal);
  co_await reply(answer);
  co_return After::close;
}

Async<After> Exchange::run(bool last) {
  close_ = last;
  std::optional<Response> answer = prepare();
  if (!answer) answer = co_await handled();
  const bool replied = co_await guarded(*answer);
  if (!replied) {
    // Whoever still reads the body must have ended before the connection goes.
    line_.transport.cut();
    close_ = true;
    if (gone_) gone_->request_stop();
    const unsigned status = answer->status;
    answer.reset();
    co_await end_body();
    note(status);
  }
  co_return close_ ? After::close : After::keep_alive;
}

/// `reply`; false: something has thrown in it, a source or a reader of content perhaps.
Async<bool> Exchange::guarded(Response& answer) {
  try {
    co_await reply(answer);
    co_return true;
  } catch (...) {
    trouble_ = what_was_thrown();
  }
  co_return false;
}

/// What can be answered without a handler; nullopt: one has to be asked.
std::optional<Response> Exchange::prepare() {
  const std::variant<Framing, Refusal> framed = framing(head_);
  if (const auto* refusal = std::get_if<Refusal>(&framed)) return refused(*refusal);
  framing_ = std::get<Framing>(framed);
  // HTTP/1.0 has no common understanding of when a connection stays.
  close_ = close_ || !framing_.keep_alive || head_.version < 11;
  if (std::optional<Response> answer = take_target()) return answer;
  static const RouteOptions elsewhere;
  request_.options = &elsewhere;
  if (take_prefix()) found_ = Routing::find(service_.router, request_);
  return take_body();
}

std::optional<Response> Exchange::take_target() {
  if (request_.method == Method::other) {
    return refused({501, "unknown_method", "This server does not know the method of the request."});
  }
  const std::variant<Target, Refusal> parsed = parse_target(request_.method, head_.target);
  if (const auto* refusal = std::get_if<Refusal>(&parsed)) return refused(*refusal);
  const Target& target = std::get<Target>(parsed);
  request_.path = target.path;
  request_.query = target.query;
  return {};
}

/// false: the path is not below it, so that nothing is there; its body has to be read all the same.
bool Exchange::take_prefix() {
  if (prefix_.empty()) return true;
  const bool below = request_.path.starts_with(prefix_) &&
                     (request_.path.size() == prefix_.size() || request_.path[prefix_.size()] == '/');
  if (!below) return false;
  request_.path.erase(0, prefix_.size());
  if (request_.path.empty()) request_.path = "/";
  return true;
}

std::optional<Response> Exchange::take_body() {
  set_up_body();
  if (request_.path == "*") {
    return Response{204, {}, {}, false}.with("Allow", "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS");
  }
  if (std::optional<Response> answer = Routing::without_handler(found_, request_.method)) return answer;
  if (framing_.kind == Framing::Kind::length && framing_.length > request_.options->body_bytes) {
    return problem(413, "too_large", "The body of the request is larger than may be sent here.");
  }
  return {};
}

void Exchange::set_up_body() {
  if (request_.options->streams) {
    gone_.emplace();
    request_.gone = gone_->get_token();
  }
  if (framing_.kind == Framing::Kind::none ||
      (framing_.kind == Framing::Kind::length && framing_.length == 0)) {
    request_.body = service_.no_body;
    watch();
    return;
  }
  BodyReader::Setting setting{line_.transport,       line_.buffer,
                              line_.executor,        request_.options->body_bytes,
                              [this]() { watch(); }, [this]() { return !answering_; }};
  reader_ = std::make_shared<BodyReader>(framing_, std::move(setting));
  request_.body = reader_;
}

/// As long as a body comes, reading tells that the client has gone. Afterwards somebody has to look.
void Exchange::watch() {
  if (!gone_) return;
  if (reader_ && reader_->failed()) {
    if (reader_->error()->code == Errc::io) gone_->request_stop();
  } else if (line_.socket != nullptr) {
    line_.socket->watch(line_.alive, [gone = *gone_]() mutable { gone.request_stop(); });
  }
}

Async<Response> Exchange::handled() {
  try {
    co_return co_await Routing::answer(found_, request_);
  } catch (...) {
    trouble_ = what_was_thrown();
  }
  co_return problem(500, "internal", "The server has made a mistake. It has been noted.");
}

void Exchange::add_common_fields(Response& answer) {
  answer.with("X-Content-Type-Options", "nosniff").with("X-Request-Id", request_.id);
  if (service_.cors.off()) return;
  const Field* allow = field_of(answer, "Allow");
  std::optional<std::vector<Field>> fields =
      service_.cors.preflight(asked_.method, asked_.fields, allow == nullptr ? "" : allow->value);
  if (!fields) fields = service_.cors.fields(asked_.fields);
  for (Field& field : *fields) answer.fields.push_back(std::move(field));
}

/// Whether so little of the body is left that it is read and dropped, for the next request's sake.
bool Exchange::can_be_drained(unsigned status) const {
  if (!reader_ || reader_->complete()) return true;
  if (reader_->failed() || reader_->unasked()) return false;
  const std::optional<std::uint64_t> left = reader_->left();
  return left ? *left <= kDrained : status < 400;
}

Async<void> Exchange::reply(Response& answer) {
  Responder responder({line_.transport, line_.socket, service_.pool, line_.text}, asked_, line_.date);
  const bool good = co_await responder.shape(answer);
  if (!good) trouble_ = "a field of the answer has a control character";
  if (trouble_.empty()) trouble_ = answer.cause;
  add_common_fields(answer);
  const bool streams = gone_ && std::holds_alternative<std::unique_ptr<Source>>(answer.body);
  if (!streams) co_await end_body();
  if (answer.close || service_.closing.stop_requested()) close_ = true;
  if (!streams && !can_be_drained(answer.status)) close_ = true;
  answering_ = true;
  const Responder::Result sent = co_await responder.send(answer, close_);
  if (gone_) gone_->request_stop();
  answer.body = std::string();  // a source ends before the body that it may be reading
  if (streams) co_await end_body();
  if (sent.outcome != Responder::Outcome::sent) {
    close_ = true;
    trouble_ = sent.why;
  }
  note(answer.status);
  if (close_) co_return;
  const bool drained = co_await drain();
  close_ = !drained;
}

/// From here on the body is ours: nobody else reads it any more.
Async<void> Exchange::end_body() {
  if (!reader_) co_return;
  reader_->leave();
  if (!reader_->busy()) co_return;
  if (line_.socket != nullptr) {
    line_.socket->interrupt_read();
  } else {
    line_.transport.cut();
    close_ = true;
  }
  co_await reader_->quiet();
}

Async<bool> Exchange::drain() {
  if (!reader_ || reader_->complete()) co_return true;
  if (!can_be_drained(200)) co_return false;
  if (line_.socket != nullptr) line_.socket->read_no_later(service_.now() + kDraining);
  std::vector<std::byte> dropped(std::size_t{16} << 10);
  for (std::uint64_t count = 0; count <= kDrained;) {
    const Result<std::size_t> read = co_await reader_->fetch(dropped);
    if (!read) co_return false;
    if (reader_->complete()) co_return true;
    count += *read;
  }
  co_return false;
}

void Exchange::note(unsigned status) {
  if (!service_.log) return;
  Exchanged exchanged;
  exchanged.id = request_.id;
  exchanged.method = head_.method;
  exchanged.path = without_query(head_.target);
  exchanged.address = request_.peer.address;
  exchanged.status = status;
  exchanged.bytes = line_.socket == nullptr ? 0 : line_.socket->sent();
  exchanged.took = std::chrono::duration_cast<std::chrono::milliseconds>(Clock::now() - begun_);
  exchanged.trouble = trouble_;
  exchanged.constant = found_.entry != nullptr && found_.entry->constant;
  service_.log(exchanged);
}

}  // namespace convert::server::http
