// SPDX-License-Identifier: MIT
#include "http/connection/listener.hpp"

#include <fmt/format.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/dispatch.hpp>
#include <boost/asio/ip/v6_only.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/strand.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <chrono>
#include <utility>

namespace convert::server::http {
namespace {

using namespace std::chrono_literals;
using asio::ip::tcp;

Error listen_error(const boost::system::error_code& code, std::string_view address, std::uint16_t port) {
  namespace errc = boost::system::errc;
  if (code == errc::address_in_use) {
    return {Errc::conflict,
            fmt::format("{} port {} is in use by another program. Choose another port.", address, port),
            true};
  }
  if (code == errc::permission_denied) {
    return {Errc::invalid_argument,
            fmt::format("This user may not listen on port {}. Choose one from 1024 on.", port), false};
  }
  if (code == errc::address_not_available || code == errc::address_family_not_supported) {
    return {Errc::invalid_argument, fmt::format("This machine has no address {}.", address), false};
  }
  return {Errc::unavailable,
          fmt::format("Listening on {} port {} failed: {}.", address, port, code.message()), true};
}

/// Each step is tried only if those before went well.
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
                 fmt::format("\"{}\" is no IP address. Write it as 127.0.0.1, or as ::1.", address), false};
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

/// Nothing that goes wrong with one connection ends it.
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
  }  // anything else happened to that one connection
}

/// Once, until it goes well again.
void Listener::report_failure(const std::string& why) {
  if (!std::exchange(accept_failing_, true) && callbacks_.on_error) {
    callbacks_.on_error(fmt::format("Connections can't be accepted for now: {}.", why));
  }
}

Async<void> Listener::back_off() {
  timer_.expires_after(100ms);
  boost::system::error_code code;
  auto token = asio::redirect_error(asio::use_awaitable, code);
  co_await timer_.async_wait(token);
}

}  // namespace convert::server::http
