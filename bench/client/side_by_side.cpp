// SPDX-License-Identifier: MIT
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <functional>
#include <memory>
#include <random>

#include "scenarios.hpp"

namespace bench {
namespace {

/// What the lanes of one run_concurrently share.
struct ConcurrentCalls {
  explicit ConcurrentCalls(const asio::any_io_executor& executor)
      : ended(executor, asio::steady_timer::time_point::max()) {}
  std::size_t next = 0;
  std::size_t count = 0;
  std::size_t running = 0;
  std::function<Async<void>(std::size_t)> one;
  asio::steady_timer ended;  // cancelled by the last one
};

Async<void> run_calls(std::shared_ptr<ConcurrentCalls> calls) {
  while (calls->next < calls->count) {
    const auto number = calls->next++;
    co_await calls->one(number);
  }
  if (--calls->running == 0) calls->ended.cancel();
}

}  // namespace

std::string fresh_name() {
  static std::mt19937_64 random(std::random_device{}());
  return "b" + std::to_string(random());
}

Async<void> run_concurrently(std::size_t count, std::size_t max_concurrent,
                             std::function<Async<void>(std::size_t)> one) {
  const auto executor = co_await asio::this_coro::executor;
  const auto calls = std::make_shared<ConcurrentCalls>(executor);
  calls->count = count;
  calls->running = std::min(count, max_concurrent);
  calls->one = std::move(one);
  for (std::size_t i = std::min(count, max_concurrent); i > 0; --i)
    asio::co_spawn(executor, run_calls(calls), asio::detached);
  const auto token = asio::as_tuple(asio::use_awaitable);
  while (calls->running > 0) co_await calls->ended.async_wait(token);
}

}  // namespace bench
