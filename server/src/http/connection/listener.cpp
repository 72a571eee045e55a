// SPDX-License-Identifier: MIT
#include "http/connection/listener.hpp"

#include <fmt/format.h>
#include <sys/socket.h>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/dispatch.hpp>
#include <boost/asio/ip/v6_only.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/strand.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <chrono>
#include <string_view>
#include <utility>

namespace convert::server::http {
namespace {

using asio::ip::tcp;

Error listen_error(const boost::system::error_code& code, std::string_view address, std::uint16_t port) {
  namespace errc = boost::system::errc;
  if (code == errc::address_in_use) {
    return {Errc::conflict, fmt::format("{} port {} is in use. Choose another port.", address, port), true};
  }
  if (code == errc::permission_denied) {
    return {Errc::invalid_argument,
            fmt::format("No permission to listen on port {}. Choose a port from 1024 on.", port), false};
  }
  if (code == errc::address_not_available || code == errc::address_family_not_supported) {
    return {Errc::invalid_argument, fmt::format("{} is not an address of this machine.", address), false};
  }
  return {Errc::unavailable,
          fmt::format("Listening on {} port {} failed: {}.", address, port, code.message()), true};
}

/// Stops at the first error.
boost::system::error_code bind(tcp::acceptor& acceptor, const tcp::endpoint& endpoint, int backlog) {
  boost::system::error_code code;
  acceptor.open(endpoint.protocol(), code);
  if (!code) acceptor.set_option(asio::socket_base::reuse_address(true), code);
  if (!code && endpoint.address().is_v6()) acceptor.set_option(asio::ip::v6_only(true), code);
  if (!code) acceptor.bind(endpoint, code);
  if (!code) acceptor.listen(backlog, code);
  return code;
}

bool is_resource_exhausted(const boost::system::error_code& code) {
  namespace errc = boost::system::errc;
  return code == errc::too_many_files_open || code == errc::too_many_files_open_in_system ||
         code == errc::no_buffer_space || code == errc::not_enough_memory;
}

}  // namespace

Result<std::shared_ptr<Listener>> Listener::open(const asio::any_io_executor& executor,
                                                 std::string_view address, std::uint16_t port, int backlog,
                                                 Callbacks callbacks) {
  boost::system::error_code code;
  const asio::ip::address parsed = asio::ip::make_address(address, code);
  if (code) {
    return Error{Errc::invalid_argument,
                 fmt::format("Invalid IP address \"{}\". Examples: 127.0.0.1, ::1.", address), false};
  }
  tcp::acceptor acceptor(asio::any_io_executor(asio::make_strand(executor)));
  code = bind(acceptor, tcp::endpoint(parsed, port), backlog);
  if (code) return listen_error(code, address, port);
  return std::make_shared<Listener>(std::move(acceptor), std::move(callbacks));
}

Listener::Listener(tcp::acceptor acceptor, Callbacks callbacks)
    : acceptor_(std::move(acceptor)), timer_(acceptor_.get_executor()), callbacks_(std::move(callbacks)) {
  boost::system::error_code code;
  port_ = acceptor_.local_endpoint(code).port();
}

void Listener::start() { asio::co_spawn(acceptor_.get_executor(), run(shared_from_this()), asio::detached); }

void Listener::close() {
  asio::dispatch(acceptor_.get_executor(), [self = shared_from_this()]() {
    self->closed_ = true;
    self->timer_.cancel();
    boost::system::error_code code;
    self->acceptor_.close(code);
  });
}

/// Errors of one connection do not end the listener.
Async<void> Listener::run(std::shared_ptr<Listener> self) {
  while (!self->closed_) {
    try {
      co_await self->accept();
      continue;
    } catch (const std::exception& thrown) {
      self->report_failure(thrown.what());
    }
    co_await self->back_off();
  }
}

Async<void> Listener::accept() {
  boost::system::error_code code;
  auto token = asio::redirect_error(asio::use_awaitable, code);
  const asio::any_io_executor executor = callbacks_.next_executor();
  if (!executor) {
    closed_ = true;
    co_return;
  }
  tcp::socket socket = co_await acceptor_.async_accept(executor, token);
  if (closed_) co_return;
  if (!code) {
    accept_failing_ = false;
    callbacks_.on_accept(std::move(socket));
  } else if (is_resource_exhausted(code)) {
    report_failure(code.message() + "; raise the limit on open files");
    co_await back_off();
  }  // other errors concern only that connection
}

/// Reports only the first of consecutive failures.
void Listener::report_failure(const std::string& why) {
  if (!std::exchange(accept_failing_, true) && callbacks_.on_error) {
    callbacks_.on_error(fmt::format("Cannot accept connections: {}.", why));
  }
}

Async<void> Listener::back_off() {
  timer_.expires_after(std::chrono::milliseconds(100));
  boost::system::error_code code;
  auto token = asio::redirect_error(asio::use_awaitable, code);
  co_await timer_.async_wait(token);
}

namespace {

constexpr int kMaxConcurrentResponses = 1'000;  // beyond it connections are closed without a response
constexpr auto kOverloadLingerTime = std::chrono::milliseconds(200);

constexpr std::string_view kOverloadResponse =
    "HTTP/1.1 503 Service Unavailable\r\n"
    "Content-Type: application/problem+json\r\n"
    "Content-Length: 192\r\n"
    "Retry-After: 1\r\n"
    "Connection: close\r\n"
    "\r\n"
    R"({"type":"about:blank","title":"Service Unavailable","status":503,"code":"too_many_connections",)"
    R"("detail":"Too many connections. Try again soon.","error":"Too many connections. Try again soon."})";
static_assert(kOverloadResponse.size() - kOverloadResponse.find("\r\n\r\n") - 4 == 192);

}  // namespace

void OverloadResponder::respond(asio::ip::tcp::socket socket) {
  if (active_ >= kMaxConcurrentResponses) return;
  ++active_;
  const asio::any_io_executor executor = socket.get_executor();
  asio::co_spawn(executor, run(shared_from_this(), std::move(socket)), asio::detached);
}

/// Reads what the client sent before closing. Closing with unread bytes would send a reset, which can discard
/// the response.
Async<void> OverloadResponder::run(std::shared_ptr<OverloadResponder> self, asio::ip::tcp::socket socket) {
  boost::system::error_code code;
  ::send(socket.native_handle(), kOverloadResponse.data(), kOverloadResponse.size(),
         MSG_NOSIGNAL | MSG_DONTWAIT);
  socket.shutdown(asio::ip::tcp::socket::shutdown_send, code);
  asio::steady_timer timer(socket.get_executor(), kOverloadLingerTime);
  auto token = asio::redirect_error(asio::use_awaitable, code);
  co_await timer.async_wait(token);
  char dropped[4'096];
  while (::recv(socket.native_handle(), dropped, sizeof(dropped), MSG_DONTWAIT) > 0) {
  }
  --self->active_;
}

}  // namespace convert::server::http
