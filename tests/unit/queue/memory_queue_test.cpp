// SPDX-License-Identifier: MIT
// What the memory queue guarantees beyond the conformance suite.
#include <gtest/gtest.h>

#include <chrono>
#include <vector>

#include <convert/queue.hpp>

namespace convert {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

/// All announcements that are due.
std::vector<JobId> due(Queue& queue) {
  std::vector<JobId> ids;
  while (auto id = queue.next(milliseconds(0)).value()) ids.push_back(*id);
  return ids;
}

void announce(Queue& queue, JobId id, milliseconds delay = milliseconds(0)) {
  EXPECT_TRUE(queue.announce(id, delay));
}

TEST(MemoryQueue, DeliversInOrderOfAnnouncement) {
  const auto queue = memory_queue();
  for (const JobId id : {5, 3, 9, 1}) announce(*queue, id);
  EXPECT_EQ(due(*queue), (std::vector<JobId>{5, 3, 9, 1}));
}

TEST(MemoryQueue, DeliversInOrderOfDueTime) {
  std::shared_ptr<Queue> queue;
  auto start = steady_clock::now();
  do {  // repeat if a delay of this thread could have changed the order
    queue = memory_queue();
    start = steady_clock::now();
    announce(*queue, 1, milliseconds(60));
    announce(*queue, 2, milliseconds(20));
    announce(*queue, 3, milliseconds(40));
  } while (steady_clock::now() - start >= milliseconds(20));
  std::vector<JobId> received;
  while (received.size() < 3) {
    const auto id = queue->next(std::chrono::minutes(1)).value();
    ASSERT_TRUE(id);
    received.push_back(*id);
  }
  EXPECT_EQ(received, (std::vector<JobId>{2, 3, 1}));
}

TEST(MemoryQueue, HoldsAJobOnceAtItsEarliestTime) {
  const auto queue = memory_queue();
  announce(*queue, 1);
  announce(*queue, 1);
  announce(*queue, 2, std::chrono::hours(1));
  announce(*queue, 2);
  announce(*queue, 3);
  announce(*queue, 3, std::chrono::hours(1));
  EXPECT_EQ(due(*queue), (std::vector<JobId>{1, 2, 3}));
  EXPECT_FALSE(queue->next(milliseconds(0)).value());
  announce(*queue, 3);
  EXPECT_EQ(due(*queue), std::vector<JobId>{3});
}

TEST(MemoryQueue, AcceptsAnyDelayAndWait) {
  const auto queue = memory_queue();
  announce(*queue, 1, milliseconds::max());
  announce(*queue, 2, milliseconds::min());
  EXPECT_EQ(queue->next(milliseconds::max()).value(), 2);
  EXPECT_FALSE(queue->next(milliseconds::min()).value());
}

TEST(MemoryQueue, WaitsForTheRequestedTime) {
  const auto queue = memory_queue();
  announce(*queue, 1, std::chrono::hours(1));
  const auto start = steady_clock::now();
  EXPECT_FALSE(queue->next(milliseconds(30)).value());
  EXPECT_GE(steady_clock::now() - start, milliseconds(30));
}

}  // namespace
}  // namespace convert
