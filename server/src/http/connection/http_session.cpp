// SPDX-License-Identifier: MIT
#include "http/connection/http_session.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/post.hpp>
#include <chrono>
#include <utility>
#include <vector>

#include "http/connection/exchange.hpp"
#include "http/message/http_date.hpp"
#include "http/message/request_head.hpp"

namespace convert::server::http {
namespace {

constexpr int kMaxRequestsPerConnection = 1'000;     // then its resources are released
constexpr std::size_t kRetainedBufferBytes = 4'096;  // kept for the next response
constexpr auto kLingerTime = std::chrono::seconds(1);
constexpr std::size_t kMaxLingerBytes = std::size_t{16} << 20;

constexpr RequestError kHeaderTimeoutError{408, "too_slow", "The request header took too long."};

}  // namespace

void HttpSession::start(asio::ip::tcp::socket socket, const ServerContext& server,
                        ConnectionRegistry& connections, std::unique_ptr<ConnectionRegistry::Slot> slot,
                        std::shared_ptr<void> owner) {
  const ConnectionRegistry::Slot& slot_ref = *slot;
  auto session = std::make_shared<HttpSession>(std::move(socket), server, std::move(slot), std::move(owner));
  connections.attach(slot_ref, session);
  const asio::any_io_executor executor = session->transport_.executor();
  asio::co_spawn(executor, run(std::move(session)), asio::detached);
}

HttpSession::HttpSession(asio::ip::tcp::socket socket, const ServerContext& server,
                         std::unique_ptr<ConnectionRegistry::Slot> slot, std::shared_ptr<void> owner)
    : owner_(std::move(owner)),
      server_(server),
      slot_(std::move(slot)),
      transport_(std::move(socket), server.limits, server.now) {
  if (const auto remote = transport_.remote()) {
    peer_.address = remote->address().to_string();
    peer_.port = remote->port();
  }
  peer_.rate_limit_exempt =
      server_.client_addresses.is_exempt && server_.client_addresses.is_exempt(peer_.address);
}

bool HttpSession::overdue(std::chrono::steady_clock::time_point now) const noexcept {
  return transport_.overdue(now);
}

void HttpSession::expire() {
  asio::post(transport_.executor(),
             [self = shared_from_this()]() { self->transport_.expire(self->server_.now()); });
}

void HttpSession::close_when_idle() {
  asio::post(transport_.executor(), [self = shared_from_this()]() {
    if (self->idle_) self->transport_.interrupt_read();
  });
}

void HttpSession::abort() {
  asio::post(transport_.executor(), [self = shared_from_this()]() { self->transport_.abort(); });
}

Async<void> HttpSession::run(std::shared_ptr<HttpSession> self) {
  bool responded = false;
  try {
    responded = co_await self->serve();
  } catch (const std::exception& thrown) {  // most likely std::bad_alloc
    self->transport_.abort();
    AccessLogEntry entry;
    entry.address = self->peer_.address;
    entry.error = thrown.what();
    if (self->server_.log) self->server_.log(entry);
  }
  const bool should_linger = responded || self->transport_.has_unread();
  if (should_linger && !self->transport_.is_aborted()) co_await self->linger();
  self->transport_.close();
}

/// Returns true if the connection ended after a response, false if it ended while idle.
Async<bool> HttpSession::serve() {
  for (int count = 1;; ++count) {
    const ReadResult result = co_await read_head();
    if (result == ReadResult::closed) co_return false;
    transport_.start_request();
    if (result == ReadResult::error) {
      co_await reject_request();
      co_return true;
    }
    const bool goes_on = co_await exchange(count == kMaxRequestsPerConnection);
    if (!goes_on) co_return true;
    reset_request();
  }
}

std::optional<HttpSession::ReadResult> HttpSession::check_head(HeadValidator& check) {
  switch (check.check(buffer_.text())) {
    case HeadValidator::State::more:
      return {};
    case HeadValidator::State::rejected:
      request_error_ = check.error();
      return ReadResult::error;
    case HeadValidator::State::complete:
      break;
  }
  const std::string_view block = buffer_.text().substr(check.start(), check.end() - check.start());
  const std::optional<RequestError> error = parse_head(block, head_);
  buffer_.consume(check.end());
  if (!error) return ReadResult::request;
  request_error_ = *error;
  return ReadResult::error;
}

Async<HttpSession::ReadResult> HttpSession::read_head() {
  const HttpLimits& limits = server_.limits;
  HeadValidator check({limits.max_header_bytes, limits.max_target_bytes, limits.max_fields});
  bool started = false;
  auto limit = server_.now() + limits.idle_timeout;
  for (;;) {
    if (!buffer_.empty()) {
      if (const std::optional<ReadResult> result = check_head(check)) co_return *result;
      if (!started) limit = server_.now() + limits.header_timeout;
      started = true;
    } else if (server_.closing.stop_requested()) {
      co_return ReadResult::closed;
    }
    idle_ = !started;
    const std::span<std::byte> space =
        buffer_.prepare(limits.max_header_bytes + 4);  // an empty line may precede it
    const Result<std::size_t> count = co_await transport_.receive(space, limit);
    idle_ = false;
    if (count && *count > 0) {
      buffer_.commit(*count);
      continue;
    }
    if (count || !started || count.error().code != Errc::deadline_exceeded) co_return ReadResult::closed;
    request_error_ = kHeaderTimeoutError;
    co_return ReadResult::error;
  }
}

Async<bool> HttpSession::exchange(bool last) {
  ConnectionContext connection{transport_, &transport_,           buffer_,           write_buffer_,
                               date(),     transport_.executor(), shared_from_this()};
  Exchange exchange(server_, std::move(connection), head_, request_peer());
  const AfterResponse after = co_await exchange.run(last);
  co_return after == AfterResponse::keep_alive;
}

/// An invalid header is not used for the response.
Async<void> HttpSession::reject_request() {
  head_.clear();
  ConnectionContext connection{transport_, &transport_,           buffer_,           write_buffer_,
                               date(),     transport_.executor(), shared_from_this()};
  Exchange exchange(server_, std::move(connection), head_, peer_);
  co_await exchange.reject(request_error_);
}

/// Reads until the client closes. Closing with unread bytes would send a reset, which can discard the
/// response.
Async<void> HttpSession::linger() {
  transport_.shutdown_send();
  transport_.start_request();
  const auto limit = server_.now() + kLingerTime;
  std::vector<std::byte> dropped(std::size_t{16} << 10);
  for (std::size_t all = 0; all < kMaxLingerBytes;) {
    const Result<std::size_t> count = co_await transport_.receive(dropped, limit);
    if (!count || *count == 0) co_return;
    all += *count;
  }
}

Peer HttpSession::request_peer() const {
  if (!server_.client_addresses.client_address) return peer_;
  std::string client = server_.client_addresses.client_address(peer_.address, head_.fields);
  if (client == peer_.address) return peer_;
  const bool exempt = server_.client_addresses.is_exempt && server_.client_addresses.is_exempt(client);
  return {std::move(client), 0, exempt};
}

std::string_view HttpSession::date() {
  const auto now = std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
  const std::time_t seconds = std::chrono::system_clock::to_time_t(now);
  if (seconds != date_seconds_) {
    date_ = http_date(now);
    date_seconds_ = seconds;
  }
  return date_;
}

/// Releases buffers, so that idle connections need little memory.
void HttpSession::reset_request() {
  if (write_buffer_.capacity() > kRetainedBufferBytes) write_buffer_ = {};
  write_buffer_.clear();
  head_.clear();
  buffer_.shrink();
}

}  // namespace convert::server::http
