// SPDX-License-Identifier: MIT
#include "http/connection/turn_away.hpp"

#include <sys/socket.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <chrono>
#include <string_view>
#include <utility>

namespace convert::server::http {
namespace {

using namespace std::chrono_literals;

constexpr int kMaxConcurrentResponses = 1'000;  // beyond that connections are closed without a word
constexpr auto kOverloadLingerTime = 200ms;

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

/// What the client has sent meanwhile is read before the close, which would take the answer away from it
/// otherwise.
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
