// SPDX-License-Identifier: MIT
#include "http/connection/connection_registry.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/dispatch.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/strand.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <chrono>
#include <utility>

namespace convert::server::http {

std::unique_ptr<ConnectionRegistry::Slot> ConnectionRegistry::admit(std::string address) {
  const std::lock_guard lock(mutex_);
  if (slots_.size() >= max_total_) return nullptr;
  if (!address.empty()) {
    const auto known = count_by_address_.find(address);
    if (known != count_by_address_.end() && known->second >= max_per_address_) return nullptr;
  }
  auto slot = std::make_unique<Slot>(*this, std::move(address));
  slots_.emplace(slot.get(), std::weak_ptr<Connection>());
  if (!slot->address_.empty()) ++count_by_address_[slot->address_];
  return slot;
}

void ConnectionRegistry::attach(const Slot& slot, const std::shared_ptr<Connection>& connection) {
  const std::lock_guard lock(mutex_);
  slots_[&slot] = connection;
}

void ConnectionRegistry::release(const Slot& slot) noexcept {
  const std::lock_guard lock(mutex_);
  slots_.erase(&slot);
  if (!slot.address_.empty()) {
    const auto known = count_by_address_.find(slot.address_);
    if (known != count_by_address_.end() && --known->second == 0) count_by_address_.erase(known);
  }
  if (slots_.empty()) all_closed_.notify_all();
}

std::size_t ConnectionRegistry::count() const {
  const std::lock_guard lock(mutex_);
  return slots_.size();
}

bool ConnectionRegistry::wait_until_empty(std::chrono::steady_clock::time_point limit) const {
  std::unique_lock lock(mutex_);
  return all_closed_.wait_until(lock, limit, [this]() { return slots_.empty(); });
}

/// Returns owners, so that the calls happen without the lock: destroying the last owner calls `release`.
std::vector<std::shared_ptr<Connection>> ConnectionRegistry::all() const {
  std::vector<std::shared_ptr<Connection>> found;
  const std::lock_guard lock(mutex_);
  found.reserve(slots_.size());
  for (const auto& [slot, weak] : slots_) {
    if (std::shared_ptr<Connection> connection = weak.lock()) found.push_back(std::move(connection));
  }
  return found;
}

void ConnectionRegistry::expire_overdue(std::chrono::steady_clock::time_point now) {
  for (const std::shared_ptr<Connection>& connection : all()) {
    if (connection->overdue(now)) connection->expire();
  }
}

void ConnectionRegistry::close_idle() {
  for (const std::shared_ptr<Connection>& connection : all()) connection->close_when_idle();
}

void ConnectionRegistry::abort_all() {
  for (const std::shared_ptr<Connection>& connection : all()) connection->abort();
}

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
