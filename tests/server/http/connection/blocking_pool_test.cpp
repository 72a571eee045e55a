// SPDX-License-Identifier: MIT
#include "http/connection/blocking_pool.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/strand.hpp>
#include <memory>
#include <stdexcept>
#include <string>
#include <thread>

namespace convert::server::http {
namespace {

Async<void> run_in_pool(BlockingPool& pool, std::string& response, std::thread::id& where) {
  auto text = std::make_unique<std::string>("movable only");
  auto work = [text = std::move(text), &where]() {
    where = std::this_thread::get_id();
    return std::make_unique<std::string>(*text);
  };
  auto waiting = pool.run(std::move(work));
  const std::unique_ptr<std::string> result = co_await std::move(waiting);
  response = *result;
}

TEST(BlockingPool, RunsInAnotherThreadAndResumesOnTheExecutor) {
  asio::io_context context;
  BlockingPool pool(2);
  std::string response;
  std::thread::id where;
  asio::co_spawn(context, run_in_pool(pool, response, where), asio::detached);
  context.run();  // returns only after completion: the pool holds a work guard
  EXPECT_EQ(response, "movable only");
  EXPECT_NE(where, std::this_thread::get_id());
}

Async<void> catch_from_pool(BlockingPool& pool, std::string& caught) {
  auto work = []() -> int { throw std::runtime_error("broken"); };
  auto waiting = pool.run(std::move(work));
  try {
    co_await std::move(waiting);
  } catch (const std::runtime_error& thrown) {
    caught = thrown.what();
  }
}

TEST(BlockingPool, RethrowsExceptions) {
  asio::io_context context;
  BlockingPool pool(1);
  std::string caught;
  asio::co_spawn(context, catch_from_pool(pool, caught), asio::detached);
  context.run();
  EXPECT_EQ(caught, "broken");
}

Async<void> count_running(BlockingPool& pool, std::atomic<int>& running, std::atomic<int>& max_running,
                          int& sum) {
  for (int i = 0; i < 50; ++i) {
    auto work = [&running, &max_running, i]() {
      const int now = ++running;
      int before = max_running;
      while (before < now && !max_running.compare_exchange_weak(before, now)) {
      }
      --running;
      return i;
    };
    auto waiting = pool.run(std::move(work));
    sum += co_await std::move(waiting);  // on one strand, so never concurrently
  }
}

TEST(BlockingPool, RunsSeveralCallsInParallel) {
  asio::io_context context;
  auto strand = asio::make_strand(context);
  std::atomic<int> running{0};
  std::atomic<int> max_running{0};
  int sum = 0;
  {
    BlockingPool pool(3);
    for (int i = 0; i < 20; ++i)
      asio::co_spawn(strand, count_running(pool, running, max_running, sum), asio::detached);
    std::thread second([&]() { context.run(); });
    context.run();
    second.join();
  }
  EXPECT_EQ(sum, 20 * 49 * 50 / 2);
  EXPECT_LE(max_running, 3);
}

TEST(BlockingPool, FinishesQueuedWorkBeforeDestruction) {
  std::atomic<int> done{0};
  {
    BlockingPool pool(1);
    for (int i = 0; i < 100; ++i) pool.post([&]() { ++done; });
  }
  EXPECT_EQ(done, 100);
}

}  // namespace
}  // namespace convert::server::http
