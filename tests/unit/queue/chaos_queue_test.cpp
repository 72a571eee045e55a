// SPDX-License-Identifier: MIT
// ChaosQueue loses, duplicates, delays and reorders announcements, as queues may.
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <vector>

#include "support/fault_injection.hpp"

namespace convert::test {
namespace {

using std::chrono::milliseconds;

constexpr std::uint64_t kSeed = 5;
constexpr JobId kJobs = 100;

/// The announcements received after announcing a hundred jobs.
std::vector<JobId> received(const QueueDisturbances& chaos) {
  ChaosQueue queue(memory_queue(), kSeed, chaos);
  for (JobId id = 1; id <= kJobs; ++id) EXPECT_TRUE(queue.announce(id, milliseconds(0)));
  std::vector<JobId> ids;
  while (auto id = queue.next(milliseconds(0)).value()) ids.push_back(*id);
  return ids;
}

TEST(ChaosQueue, LosesAnnouncements) {
  QueueDisturbances chaos;
  chaos.lose = 0.5;
  const auto ids = received(chaos);
  EXPECT_LT(ids.size(), 80U);
  EXPECT_GT(ids.size(), 20U);
}

TEST(ChaosQueue, DuplicatesAnnouncements) {
  QueueDisturbances chaos;
  chaos.twice = 0.5;
  EXPECT_GT(received(chaos).size(), 120U);
}

TEST(ChaosQueue, ReordersAnnouncements) {
  QueueDisturbances chaos;
  chaos.reorder = 0.5;
  auto ids = received(chaos);
  EXPECT_FALSE(std::is_sorted(ids.begin(), ids.end()));
  std::sort(ids.begin(), ids.end());
  EXPECT_EQ(ids.size(), static_cast<std::size_t>(kJobs));
  EXPECT_EQ(std::unique(ids.begin(), ids.end()), ids.end());
}

TEST(ChaosQueue, DelaysAnnouncements) {
  QueueDisturbances chaos;
  chaos.delay = 1;
  chaos.longest_delay = std::chrono::hours(1);
  EXPECT_LT(received(chaos).size(), 10U);
}

TEST(ChaosQueue, FailsCalls) {
  ChaosQueue queue(memory_queue(), kSeed, {});
  queue.faults().set_all(Fault{1.0, 0, Error{Errc::unavailable, "Gone on purpose.", true}, false});
  EXPECT_FALSE(queue.announce(1, milliseconds(0)));
  EXPECT_FALSE(queue.next(milliseconds(0)));
}

}  // namespace
}  // namespace convert::test
