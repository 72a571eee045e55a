// SPDX-License-Identifier: MIT
#include "http/connection/exchange.hpp"

#include <array>
#include <exception>
#include <utility>
#include <variant>

#include "http/message/field_values.hpp"
#include "http/message/request_head.hpp"
#include "http/message/url.hpp"

namespace convert::server::http {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::uint64_t kMaxDrainedBytes = std::uint64_t{256} << 10;
constexpr auto kDrainTimeout = std::chrono::seconds(2);

std::string_view without_query(std::string_view target) {
  return target.substr(0, target.find_first_of("?#"));
}

/// The message of the current exception. Call it in a catch block.
std::string exception_text() {
  try {
    throw;
  } catch (const std::exception& thrown) {
    return thrown.what();
  } catch (...) {
    return "unknown exception";
  }
}

}  // namespace

Exchange::Exchange(const ServerContext& server, ConnectionContext connection, const RequestHead& head,
                   Peer peer, std::string_view prefix)
    : server_(server),
      connection_(std::move(connection)),
      head_(head),
      prefix_(prefix),
      started_(Clock::now()) {
  request_view_ = {parse_method(head.method), head.version, head.fields};
  request_.method = request_view_.method;
  request_.fields = head.fields;
  request_.peer = std::move(peer);
  request_.executor = connection_.executor;
  request_.server_stopping = server.closing;
  const std::optional<std::string_view> id = request_view_.field("X-Request-Id");
  request_.id = id && RequestIdGenerator::is_valid(*id) ? std::string(*id) : server.ids.make();
}

Response Exchange::error_response(const RequestError& error) {
  close_ = true;
  return problem_response(error.status, error.code, error.detail);
}

Async<AfterResponse> Exchange::reject(const RequestError& error) {
  Response response = error_response(error);
  co_await send_response(response);
  co_return AfterResponse::close;
}

Async<AfterResponse> Exchange::run(bool last_request) {
  close_ = last_request;
  std::optional<Response> response = prepare_response();
  if (!response) response = co_await call_handler();
  const bool sent_whole = co_await send_guarded(*response);
  if (!sent_whole) {
    // Readers of the body must end before the connection does.
    connection_.transport.abort();
    close_ = true;
    if (client_disconnected_) client_disconnected_->request_stop();
    const unsigned status = response->status;
    response.reset();
    co_await stop_body_reads();
    log_access(status);
  }
  co_return close_ ? AfterResponse::close : AfterResponse::keep_alive;
}

/// `send_response`; false if a response stream or a content reader threw.
Async<bool> Exchange::send_guarded(Response& response) {
  try {
    co_await send_response(response);
    co_return true;
  } catch (...) {
    error_ = exception_text();
  }
  co_return false;
}

/// The response if no handler is needed; nullopt: call the handler.
std::optional<Response> Exchange::prepare_response() {
  const std::variant<RequestFraming, RequestError> framed = parse_framing(head_);
  if (const auto* error = std::get_if<RequestError>(&framed)) return error_response(*error);
  framing_ = std::get<RequestFraming>(framed);
  // HTTP/1.0 has no reliable keep-alive.
  close_ = close_ || !framing_.keep_alive || head_.version < 11;
  if (std::optional<Response> response = apply_target()) return response;
  static const RouteOptions default_options;
  request_.options = &default_options;
  if (strip_prefix()) found_ = RequestRouter::find(server_.router, request_);
  return prepare_body();
}

std::optional<Response> Exchange::apply_target() {
  if (request_.method == Method::other) {
    return error_response({501, "unknown_method", "Unknown request method."});
  }
  const std::variant<Target, RequestError> parsed = parse_target(request_.method, head_.target);
  if (const auto* error = std::get_if<RequestError>(&parsed)) return error_response(*error);
  const Target& target = std::get<Target>(parsed);
  request_.path = target.path;
  request_.query = target.query;
  return {};
}

/// False: the path is outside the prefix, so no route matches. The body must be handled anyway.
bool Exchange::strip_prefix() {
  if (prefix_.empty()) return true;
  const bool below = request_.path.starts_with(prefix_) &&
                     (request_.path.size() == prefix_.size() || request_.path[prefix_.size()] == '/');
  if (!below) return false;
  request_.path.erase(0, prefix_.size());
  if (request_.path.empty()) request_.path = "/";
  return true;
}

std::optional<Response> Exchange::prepare_body() {
  create_body();
  if (request_.path == "*") {
    return Response{204, {}, {}, false}.with("Allow", "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS");
  }
  if (std::optional<Response> response = RequestRouter::respond_without_handler(found_, request_.method))
    return response;
  if (framing_.kind == RequestFraming::Kind::length && framing_.length > request_.options->max_body_bytes) {
    return problem_response(413, "too_large", "The request body is too large.");
  }
  return {};
}

void Exchange::create_body() {
  if (request_.options->streaming) {
    client_disconnected_.emplace();
    request_.client_disconnected = client_disconnected_->get_token();
  }
  if (framing_.kind == RequestFraming::Kind::none ||
      (framing_.kind == RequestFraming::Kind::length && framing_.length == 0)) {
    request_.body = server_.no_body;
    watch_disconnect();
    return;
  }
  BodyReader::Options options{connection_.transport,
                              connection_.buffer,
                              connection_.executor,
                              request_.options->max_body_bytes,
                              [this]() { watch_disconnect(); },
                              [this]() { return !response_started_; }};
  reader_ = std::make_shared<BodyReader>(framing_, std::move(options));
  request_.body = reader_;
}

/// While the body is read, a failed read shows that the client disconnected. Afterwards the socket is
/// watched.
void Exchange::watch_disconnect() {
  if (!client_disconnected_) return;
  if (reader_ && reader_->failed()) {
    if (reader_->error()->code == Errc::io) client_disconnected_->request_stop();
  } else if (connection_.socket != nullptr) {
    connection_.socket->watch_disconnect(connection_.owner,
                                         [gone = *client_disconnected_]() mutable { gone.request_stop(); });
  }
}

Async<Response> Exchange::call_handler() {
  try {
    co_return co_await RequestRouter::handle(found_, request_);
  } catch (...) {
    error_ = exception_text();
  }
  co_return problem_response(500, "internal", "Internal server error. It was logged.");
}

void Exchange::add_common_fields(Response& response) {
  response.with("X-Content-Type-Options", "nosniff").with("X-Request-Id", request_.id);
  if (server_.cors.disabled()) return;
  const Field* allow = find_field(response, "Allow");
  std::optional<std::vector<Field>> fields = server_.cors.preflight(
      request_view_.method, request_view_.fields, allow == nullptr ? "" : allow->value);
  if (!fields) fields = server_.cors.response_fields(request_view_.fields);
  for (Field& field : *fields) response.fields.push_back(std::move(field));
}

/// Whether the unread rest of the body is short enough to be dropped, which keeps the connection usable.
bool Exchange::can_be_drained(unsigned status) const {
  if (!reader_ || reader_->complete()) return true;
  if (reader_->failed() || reader_->awaiting_continue()) return false;
  const std::optional<std::uint64_t> left = reader_->remaining();
  return left ? *left <= kMaxDrainedBytes : status < 400;
}

Async<void> Exchange::send_response(Response& response) {
  ResponseWriter writer({connection_.transport, connection_.socket, server_.pool, connection_.write_buffer},
                        request_view_, connection_.date);
  const bool valid = co_await writer.prepare(response);
  if (!valid) error_ = "a response field contains a control character";
  if (error_.empty()) error_ = response.cause;
  add_common_fields(response);
  const bool streams =
      client_disconnected_ && std::holds_alternative<std::unique_ptr<ResponseStream>>(response.body);
  if (!streams) co_await stop_body_reads();
  if (response.close || server_.closing.stop_requested()) close_ = true;
  if (!streams && !can_be_drained(response.status)) close_ = true;
  response_started_ = true;
  const ResponseWriter::Result sent = co_await writer.send(response, close_);
  if (client_disconnected_) client_disconnected_->request_stop();
  response.body = std::string();  // a response stream may read the body: destroy it first
  if (streams) co_await stop_body_reads();
  if (sent.outcome != ResponseWriter::Outcome::sent) {
    close_ = true;
    error_ = sent.reason;
  }
  log_access(response.status);
  if (close_) co_return;
  const bool body_drained = co_await drain();
  close_ = !body_drained;
}

/// Ends the handler's access to the body.
Async<void> Exchange::stop_body_reads() {
  if (!reader_) co_return;
  reader_->detach();
  if (!reader_->reading()) co_return;
  if (connection_.socket != nullptr) {
    connection_.socket->interrupt_read();
  } else {
    connection_.transport.abort();
    close_ = true;
  }
  co_await reader_->wait_until_idle();
}

Async<bool> Exchange::drain() {
  if (!reader_ || reader_->complete()) co_return true;
  if (!can_be_drained(200)) co_return false;
  if (connection_.socket != nullptr) connection_.socket->set_read_deadline(server_.now() + kDrainTimeout);
  std::vector<std::byte> dropped(std::size_t{16} << 10);
  for (std::uint64_t count = 0; count <= kMaxDrainedBytes;) {
    const Result<std::size_t> read = co_await reader_->fetch(dropped);
    if (!read) co_return false;
    if (reader_->complete()) co_return true;
    count += *read;
  }
  co_return false;
}

void Exchange::log_access(unsigned status) {
  if (!server_.log) return;
  AccessLogEntry entry;
  entry.id = request_.id;
  entry.method = head_.method;
  entry.path = without_query(head_.target);
  entry.address = request_.peer.address;
  entry.status = status;
  entry.bytes = connection_.socket == nullptr ? 0 : connection_.socket->sent();
  entry.took = std::chrono::duration_cast<std::chrono::milliseconds>(Clock::now() - started_);
  entry.error = error_;
  entry.constant = found_.entry != nullptr && found_.entry->constant;
  server_.log(entry);
}

}  // namespace convert::server::http
