// SPDX-License-Identifier: MIT
#include "http/reaper.hpp"

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

Reaper::Reaper(const asio::any_io_executor& executor, std::weak_ptr<Connections> connections, Now now)
    : executor_(asio::make_strand(executor)),
      timer_(executor_),
      connections_(std::move(connections)),
      now_(std::move(now)) {}

void Reaper::start() { asio::co_spawn(executor_, live(shared_from_this()), asio::detached); }

void Reaper::stop() {
  asio::dispatch(executor_, [self = shared_from_this()]() {
    self->stopped_ = true;
    self->timer_.cancel();
  });
}

Async<void> Reaper::live(std::shared_ptr<Reaper> self) {
  while (!self->stopped_) {
    self->timer_.expires_after(kInterval);
    boost::system::error_code code;
    auto token = asio::redirect_error(asio::use_awaitable, code);
    co_await self->timer_.async_wait(token);
    if (const std::shared_ptr<Connections> connections = self->connections_.lock()) {
      connections->expire_overdue(self->now_());
    }
  }
}

}  // namespace convert::server::http
