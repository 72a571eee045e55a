// SPDX-License-Identifier: MIT
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <functional>
#include <memory>
#include <random>

#include "modes.hpp"

namespace bench {
namespace {

/// What the lanes of one side_by_side share.
struct Lanes {
  explicit Lanes(const asio::any_io_executor& executor)
      : ended(executor, asio::steady_timer::time_point::max()) {}
  std::size_t next = 0;
  std::size_t count = 0;
  std::size_t running = 0;
  std::function<Async<void>(std::size_t)> one;
  asio::steady_timer ended;  // cancelled by the last one
};

Async<void> lane(std::shared_ptr<Lanes> lanes) {
  while (lanes->next < lanes->count) {
    const auto number = lanes->next++;
    co_await lanes->one(number);
  }
  if (--lanes->running == 0) lanes->ended.cancel();
}

}  // namespace

std::string fresh_name() {
  static std::mt19937_64 random(std::random_device{}());
  return "b" + std::to_string(random());
}

Async<void> side_by_side(std::size_t count, std::size_t at_once,
                         std::function<Async<void>(std::size_t)> one) {
  const auto executor = co_await asio::this_coro::executor;
  const auto lanes = std::make_shared<Lanes>(executor);
  lanes->count = count;
  lanes->running = std::min(count, at_once);
  lanes->one = std::move(one);
  for (std::size_t i = std::min(count, at_once); i > 0; --i)
    asio::co_spawn(executor, lane(lanes), asio::detached);
  const auto token = asio::as_tuple(asio::use_awaitable);
  while (lanes->running > 0) co_await lanes->ended.async_wait(token);
}

}  // namespace bench
