// SPDX-License-Identifier: MIT
#include "http/connection/reaper.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/dispatch.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/strand.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <chrono>
#include <utility>

namespace convert::server::http {
namespace {
constexpr std::chrono::milliseconds kInterval{250};
}

ConnectionReaper::ConnectionReaper(const asio::any_io_executor& executor,
                                   std::weak_ptr<ConnectionRegistry> connections, NowFunction now)
    : executor_(asio::make_strand(executor)),
      timer_(executor_),
      connections_(std::move(connections)),
      now_(std::move(now)) {}

void ConnectionReaper::start() { asio::co_spawn(executor_, run(shared_from_this()), asio::detached); }

void ConnectionReaper::stop() {
  asio::dispatch(executor_, [self = shared_from_this()]() {
    self->stopped_ = true;
    self->timer_.cancel();
  });
}

Async<void> ConnectionReaper::run(std::shared_ptr<ConnectionReaper> self) {
  while (!self->stopped_) {
    self->timer_.expires_after(kInterval);
    boost::system::error_code code;
    auto token = asio::redirect_error(asio::use_awaitable, code);
    co_await self->timer_.async_wait(token);
    if (const std::shared_ptr<ConnectionRegistry> connections = self->connections_.lock()) {
      connections->expire_overdue(self->now_());
    }
  }
}

}  // namespace convert::server::http
