// SPDX-License-Identifier: MIT
#include "sql/call_batcher.hpp"

#include <atomic>
#include <latch>
#include <numeric>
#include <stdexcept>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

#include "support/test_helpers.hpp"

namespace convert::sql {
namespace {

using Batcher = CallBatcher<int, int>;

std::vector<int> doubled(std::span<const int* const> calls) {
  std::vector<int> answers;
  for (const int* call : calls) answers.push_back(2 * *call);
  return answers;
}

TEST(CallBatcher, AnswersASingleCall) {
  Batcher batcher(10, 1, doubled);
  EXPECT_EQ(batcher(21), 42);
  EXPECT_EQ(batcher(1), 2);
}

TEST(CallBatcher, CallsThatArriveDuringABatchMakeTheNext) {
  std::atomic<int> entered = 0;
  std::latch release(1);
  std::vector<std::size_t> sizes;
  Batcher batcher(100, 1, [&](std::span<const int* const> calls) {
    sizes.push_back(calls.size());  // one batch at a time
    if (++entered == 1) release.wait();
    return doubled(calls);
  });
  std::atomic<int> called = 0;
  std::vector<std::thread> threads;
  for (int i = 0; i < 8; ++i) {
    threads.emplace_back([&, i]() {
      ++called;
      EXPECT_EQ(batcher(i), 2 * i);
    });
    if (i == 0) {
      EXPECT_TRUE(test::eventually(std::chrono::seconds(30), [&]() { return entered == 1; }));
    }
  }
  // The batcher does not show who waits, so the sizes may differ; all were answered by few batches.
  EXPECT_TRUE(test::eventually(std::chrono::seconds(30), [&]() { return called == 8; }));
  release.count_down();
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(std::accumulate(sizes.begin(), sizes.end(), std::size_t(0)), 8U);
  EXPECT_EQ(sizes.front(), 1U);
}

TEST(CallBatcher, KeepsToItsLimits) {
  std::atomic<int> running = 0;
  std::atomic<int> max_running = 0;
  std::atomic<std::size_t> largest = 0;
  Batcher batcher(4, 2, [&](std::span<const int* const> calls) {
    const int now = ++running;
    for (int max = max_running; now > max && !max_running.compare_exchange_weak(max, now);) {
    }
    for (std::size_t size = largest;
         calls.size() > size && !largest.compare_exchange_weak(size, calls.size());) {
    }
    auto answers = doubled(calls);
    --running;
    return answers;
  });
  std::vector<std::thread> threads;
  for (int i = 0; i < 16; ++i) {
    threads.emplace_back([&, i]() {
      for (int call = 0; call < 200; ++call) EXPECT_EQ(batcher(i + call), 2 * (i + call));
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_LE(max_running, 2);
  EXPECT_LE(largest, 4U);
}

TEST(CallBatcher, AllCallersOfABatchSeeItsException) {
  Batcher batcher(10, 1, [](std::span<const int* const> calls) -> std::vector<int> {
    if (*calls.front() < 0) throw std::runtime_error("no");
    return doubled(calls);
  });
  EXPECT_THROW(batcher(-1), std::runtime_error);
  EXPECT_EQ(batcher(1), 2);
}

}  // namespace
}  // namespace convert::sql
