// SPDX-License-Identifier: MIT
#include "http/session.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/post.hpp>
#include <chrono>
#include <utility>
#include <vector>

#include "http/exchange.hpp"
#include "http/field_values.hpp"
#include "http/header_parser.hpp"

namespace convert::server::http {
namespace {

using namespace std::chrono_literals;

constexpr int kRequests = 1'000;  // of one connection: what a client has pinned to it becomes free some day
constexpr std::size_t kText = 4'096;  // kept for the next answer
constexpr auto kLingering = 1s;
constexpr std::size_t kLingeringBytes = std::size_t{16} << 20;

constexpr Refusal too_slow{408, "too_slow", "The header of the request took too long."};

}  // namespace

void Session::start(asio::ip::tcp::socket socket, const Service& service, Connections& connections,
                    std::unique_ptr<Connections::Place> place, std::shared_ptr<void> keep) {
  const Connections::Place& seat = *place;
  auto session = std::make_shared<Session>(std::move(socket), service, std::move(place), std::move(keep));
  connections.seat(seat, session);
  const asio::any_io_executor executor = session->transport_.executor();
  asio::co_spawn(executor, live(std::move(session)), asio::detached);
}

Session::Session(asio::ip::tcp::socket socket, const Service& service,
                 std::unique_ptr<Connections::Place> place, std::shared_ptr<void> keep)
    : keep_(std::move(keep)),
      service_(service),
      place_(std::move(place)),
      transport_(std::move(socket), service.limits, service.now) {
  if (const auto remote = transport_.remote()) {
    peer_.address = remote->address().to_string();
    peer_.port = remote->port();
  }
  peer_.exempt = service_.neighbours.exempt && service_.neighbours.exempt(peer_.address);
}

bool Session::overdue(std::chrono::steady_clock::time_point now) const noexcept {
  return transport_.overdue(now);
}

void Session::expire() {
  asio::post(transport_.executor(),
             [self = shared_from_this()]() { self->transport_.expire(self->service_.now()); });
}

void Session::close_when_idle() {
  asio::post(transport_.executor(), [self = shared_from_this()]() {
    if (self->idle_) self->transport_.interrupt_read();
  });
}

void Session::cut() {
  asio::post(transport_.executor(), [self = shared_from_this()]() { self->transport_.cut(); });
}

Async<void> Session::live(std::shared_ptr<Session> self) {
  bool answered = false;
  try {
    answered = co_await self->serve();
  } catch (const std::exception& thrown) {  // no memory, most likely
    self->transport_.cut();
    Exchanged exchanged;
    exchanged.address = self->peer_.address;
    exchanged.trouble = thrown.what();
    if (self->service_.log) self->service_.log(exchanged);
  }
  const bool lingers = answered || self->transport_.has_unread();
  if (lingers && !self->transport_.is_cut()) co_await self->linger();
  self->transport_.close();
}

/// Whether it ended with an answer, and not while it waited for a request.
Async<bool> Session::serve() {
  for (int count = 1;; ++count) {
    const Got got = co_await read_head();
    if (got == Got::nothing) co_return false;
    transport_.begin();
    if (got == Got::refusal) {
      co_await refuse();
      co_return true;
    }
    const bool goes_on = co_await exchange(count == kRequests);
    if (!goes_on) co_return true;
    forget_request();
  }
}

std::optional<Session::Got> Session::look(HeadCheck& check) {
  switch (check.look(buffer_.text())) {
    case HeadCheck::State::more:
      return {};
    case HeadCheck::State::refused:
      refusal_ = check.refusal();
      return Got::refusal;
    case HeadCheck::State::complete:
      break;
  }
  const std::string_view block = buffer_.text().substr(check.begin(), check.end() - check.begin());
  const std::optional<Refusal> refusal = parse_head(block, head_);
  buffer_.consume(check.end());
  if (!refusal) return Got::head;
  refusal_ = *refusal;
  return Got::refusal;
}

Async<Session::Got> Session::read_head() {
  const HttpLimits& limits = service_.limits;
  HeadCheck check({limits.header_bytes, limits.target_bytes, limits.fields});
  bool begun = false;
  auto limit = service_.now() + limits.idle;
  for (;;) {
    if (!buffer_.empty()) {
      if (const std::optional<Got> got = look(check)) co_return *got;
      if (!begun) limit = service_.now() + limits.header;
      begun = true;
    } else if (service_.closing.stop_requested()) {
      co_return Got::nothing;
    }
    idle_ = !begun;
    const std::span<std::byte> room = buffer_.room(limits.header_bytes + 4);  // and an empty line in front
    const Result<std::size_t> count = co_await transport_.receive(room, limit);
    idle_ = false;
    if (count && *count > 0) {
      buffer_.filled(*count);
      continue;
    }
    if (count || !begun || count.error().code != Errc::deadline_exceeded) co_return Got::nothing;
    refusal_ = too_slow;
    co_return Got::refusal;
  }
}

Async<bool> Session::exchange(bool last) {
  Line line{transport_, &transport_, buffer_, text_, date(), transport_.executor(), shared_from_this()};
  Exchange exchange(service_, std::move(line), head_, peer_of_request());
  const After after = co_await exchange.run(last);
  co_return after == After::keep_alive;
}

/// What the header says is not to be believed: nothing of it is used.
Async<void> Session::refuse() {
  head_.clear();
  Line line{transport_, &transport_, buffer_, text_, date(), transport_.executor(), shared_from_this()};
  Exchange exchange(service_, std::move(line), head_, peer_);
  co_await exchange.refuse(refusal_);
}

/// A close with unread bytes would be a reset, which takes the answer away from the client.
Async<void> Session::linger() {
  transport_.finish();
  transport_.begin();
  const auto limit = service_.now() + kLingering;
  std::vector<std::byte> dropped(std::size_t{16} << 10);
  for (std::size_t all = 0; all < kLingeringBytes;) {
    const Result<std::size_t> count = co_await transport_.receive(dropped, limit);
    if (!count || *count == 0) co_return;
    all += *count;
  }
}

Peer Session::peer_of_request() const {
  if (!service_.neighbours.client) return peer_;
  std::string client = service_.neighbours.client(peer_.address, head_.fields);
  if (client == peer_.address) return peer_;
  const bool exempt = service_.neighbours.exempt && service_.neighbours.exempt(client);
  return {std::move(client), 0, exempt};
}

std::string_view Session::date() {
  const auto now = std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
  const std::time_t seconds = std::chrono::system_clock::to_time_t(now);
  if (seconds != date_of_) {
    date_ = http_date(now);
    date_of_ = seconds;
  }
  return date_;
}

/// An idle connection holds no memory but its own.
void Session::forget_request() {
  if (text_.capacity() > kText) text_ = {};
  text_.clear();
  head_.clear();
  buffer_.release();
}

}  // namespace convert::server::http
