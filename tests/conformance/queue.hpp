// SPDX-License-Identifier: MIT
#pragma once

// The conformance suite of Queue. Instantiate it with your backends, in one source file of a program:
//
//   INSTANTIATE_TEST_SUITE_P(Mine, QueueSuite, testing::Values(QueueBackend{"mine", make_my_queue}),
//                            convert::conformance::name_of_queue);
//
// A queue may deliver an announcement twice, late and in any order. In these tests, without failures, it must
// not lose one.

#include <atomic>
#include <chrono>
#include <functional>
#include <limits>
#include <memory>
#include <mutex>
#include <ostream>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

#include <convert/queue.hpp>

#include "conformance/support/suite_support.hpp"

namespace convert::conformance {

using std::chrono::milliseconds;

/// A backend under test.
struct QueueBackend {
  std::string name;                                    ///< letters, digits and "_"
  std::function<std::shared_ptr<Queue>()> make_queue;  ///< creates an empty queue without other users
};

inline void PrintTo(const QueueBackend& backend, std::ostream* out) { *out << backend.name; }

/// For INSTANTIATE_TEST_SUITE_P.
inline std::string name_of_queue(const testing::TestParamInfo<QueueBackend>& row) { return row.param.name; }

class QueueSuite : public testing::TestWithParam<QueueBackend> {
 protected:
  /// Receives until `count` different jobs arrived or the deadline passed.
  std::set<JobId> receive(std::size_t count) {
    std::set<JobId> received;
    const auto end = std::chrono::steady_clock::now() + kDeadline;
    while (received.size() < count && std::chrono::steady_clock::now() < end) {
      auto id = queue_->next(milliseconds(1000));
      if (!id) ADD_FAILURE() << id.error().message;
      if (id && *id) received.insert(**id);
    }
    return received;
  }
  /// Returns whether the queue accepted it.
  bool announce(JobId id, milliseconds delay = milliseconds(0)) {
    auto announced = queue_->announce(id, delay);
    if (!announced) ADD_FAILURE() << announced.error().message;
    return announced.has_value();
  }

  std::shared_ptr<Queue> queue_ = GetParam().make_queue();
};

TEST_P(QueueSuite, AnAnnouncementIsReceived) {
  ASSERT_TRUE(announce(7));
  EXPECT_EQ(receive(1), std::set<JobId>{7});
  ASSERT_TRUE(announce(7));  // again after it was received
  EXPECT_EQ(receive(1), std::set<JobId>{7});
}

TEST_P(QueueSuite, JobIdsCanBeLarge) {
  const JobId largest = std::numeric_limits<JobId>::max();
  ASSERT_TRUE(announce(largest));
  EXPECT_EQ(receive(1), std::set<JobId>{largest});
}

TEST_P(QueueSuite, ReceivesNothingWithoutAnAnnouncement) {
  for (const milliseconds wait : {milliseconds(0), milliseconds(20), milliseconds(-5)}) {
    auto id = queue_->next(wait);
    ASSERT_TRUE(id) << id.error().message;
    EXPECT_FALSE(*id);
  }
}

TEST_P(QueueSuite, AnnouncingDoesNotWaitForReaders) {
  std::set<JobId> announced;
  for (JobId id = 1; id <= amount(2000, 50'000); ++id) {
    ASSERT_TRUE(announce(id));
    announced.insert(id);
  }
  EXPECT_EQ(receive(announced.size()), announced);
}

TEST_P(QueueSuite, ADelayedAnnouncementIsNotReceivedEarly) {
  const auto begin = std::chrono::steady_clock::now();
  ASSERT_TRUE(announce(1, milliseconds(50)));
  EXPECT_EQ(receive(1), std::set<JobId>{1});
  EXPECT_GE(std::chrono::steady_clock::now() - begin, milliseconds(50));
}

TEST_P(QueueSuite, ADelayedAnnouncementDoesNotBlockOthers) {
  ASSERT_TRUE(announce(1, std::chrono::hours(1)));
  ASSERT_TRUE(announce(2));
  EXPECT_EQ(receive(1), std::set<JobId>{2});
}

TEST_P(QueueSuite, AWaitingReaderReceivesAnAnnouncement) {
  std::set<JobId> received;
  std::thread reader([&]() { received = receive(1); });
  ASSERT_TRUE(announce(3));
  reader.join();
  EXPECT_EQ(received, std::set<JobId>{3});
}

TEST_P(QueueSuite, WakeEndsEveryWait) {
  std::atomic<int> ended = 0;
  std::vector<std::thread> readers;
  for (int reader = 0; reader < 4; ++reader) {
    readers.emplace_back([&]() {
      auto id = queue_->next(std::chrono::hours(1));
      EXPECT_TRUE(id && !*id);
      ++ended;
    });
  }
  while (ended < 4) {  // the test cannot see whether a thread waits
    queue_->wake();
    std::this_thread::yield();
  }
  for (std::thread& reader : readers) reader.join();
}

TEST_P(QueueSuite, WakeDoesNotAffectLaterWaits) {
  queue_->wake();
  ASSERT_TRUE(announce(4));
  EXPECT_EQ(receive(1), std::set<JobId>{4});
}

TEST_P(QueueSuite, ManyThreadsAnnounceAndReceive) {
  constexpr int kEach = 4;
  const int jobs = amount(500, 10'000);
  std::mutex mutex;
  std::set<JobId> received;
  std::atomic<std::size_t> count = 0;
  const auto expected = static_cast<std::size_t>(kEach * jobs);
  const auto end = std::chrono::steady_clock::now() + kDeadline;
  std::vector<std::thread> threads;
  for (int thread = 0; thread < kEach; ++thread) {
    threads.emplace_back([&, thread]() {
      for (int job = 0; job < jobs; ++job) announce(thread * jobs + job + 1, milliseconds(job % 3));
    });
    threads.emplace_back([&]() {
      while (count < expected && std::chrono::steady_clock::now() < end) {
        auto id = queue_->next(milliseconds(100));
        if (!id || !*id) continue;
        const std::lock_guard lock(mutex);
        received.insert(**id);
        count = received.size();
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(received.size(), expected);
  if (!received.empty()) {
    EXPECT_EQ(*received.begin(), 1);
    EXPECT_EQ(*received.rbegin(), static_cast<JobId>(expected));
  }
}

}  // namespace convert::conformance
