// SPDX-License-Identifier: MIT
// Invariants of a job under random sequences of events.
#include <algorithm>
#include <cstdlib>
#include <iostream>
#include <random>
#include <set>

#include <gtest/gtest.h>

#include "sample_jobs.hpp"

namespace convert::test {
namespace {

class Walk {
 public:
  explicit Walk(std::uint64_t seed) : random_(seed) {
    auto requested = request();
    requested.max_attempts = 1 + below(4);
    requested.max_interruptions = below(6);
    if (below(4) == 0) requested.not_before = now_ + milliseconds(below(100));
    job_ = *new_job(requested, now_);
    job_.id = 7;
  }

  void step() {
    now_ += milliseconds(below(3000) - 500);
    const auto event = any_event();
    const auto after = apply_event(job_, event, now_);
    if (!after) {
      EXPECT_TRUE(after.error().code == Errc::conflict || after.error().code == Errc::not_found);
      return;
    }
    compare(job_, *after, event);
    job_ = after->job;
    check(job_);
  }

 private:
  int below(int end) { return std::uniform_int_distribution<int>(0, end - 1)(random_); }

  Event any_event() {
    const auto token = job_.token + (below(5) == 0 ? below(3) - 1 : 0);
    switch (below(12)) {
      case 0:
        return completed(token);
      case 1:
        return failed(token, below(3) != 0, milliseconds(below(1000)));
      case 2:
        return event::Released{token, milliseconds(below(1000))};
      case 3:
        return event::Interrupted{token};
      case 4:
        return event::Cancelled{};
      case 5:
        return event::Retried{};
      case 6:
        return event::Replaced{other_spec(), "other"};
      case 7:
        return event::OutputsExpired{};
      case 8:
        if (below(20) == 0) return event::InputsExpired{};
        [[fallthrough]];
      default:
        return event::Claimed{"host", job_.token + below(3)};
    }
  }

  void compare(const Job& before, const Transition& after, const Event& event) {
    const auto& job = after.job;
    EXPECT_EQ(job.token != before.token, std::holds_alternative<event::Claimed>(event));
    EXPECT_GE(job.token, before.token);
    if (job.token != before.token) {
      EXPECT_TRUE(tokens_.insert(job.token).second) << "reused";
    }
    EXPECT_GE(job.inputs_expired, before.inputs_expired);
    EXPECT_EQ(job.request.inputs, before.request.inputs);
    EXPECT_EQ(job.request.owner, before.request.owner);
    // Dropped keys are exactly those that the job no longer references.
    std::vector<Key> gone;
    for (const auto& output : before.outputs) {
      const auto stays = std::find(job.outputs.begin(), job.outputs.end(), output) != job.outputs.end();
      if (!stays) gone.push_back(output.key);
    }
    if (job.inputs_expired != before.inputs_expired) {
      for (const auto& input : job.request.inputs) gone.push_back(input.key);
    }
    EXPECT_EQ(after.dropped_keys, gone);
  }

  void check(const Job& job) const {
    EXPECT_EQ(job.finished.has_value(), ended(job.state));
    EXPECT_EQ(job.worker.empty(), job.state != JobState::running);
    EXPECT_TRUE(job.outputs.empty() || (job.state == JobState::succeeded && !job.outputs_expired));
    EXPECT_TRUE(!job.outputs_expired || job.state == JobState::succeeded);
    EXPECT_GE(job.attempt, 0);
    EXPECT_LE(job.attempt, job.request.max_attempts);
    EXPECT_LE(job.interruptions, job.request.max_interruptions + 1);
    if (!ended(job.state)) {
      EXPECT_LT(job.attempt, job.request.max_attempts);
      EXPECT_LE(job.interruptions, job.request.max_interruptions);
      EXPECT_FALSE(job.inputs_expired) << "it could not run";
    }
    EXPECT_TRUE(job.state != JobState::failed || job.error);
    EXPECT_TRUE(job.state != JobState::succeeded || !job.error);
    EXPECT_TRUE(job.state != JobState::queued || job.progress == 0);
    EXPECT_TRUE(job.state != JobState::succeeded || job.progress == 1);
    EXPECT_TRUE(job.state != JobState::running || job.started);
  }

  std::mt19937_64 random_;
  Time now_ = kNow;
  Job job_;
  std::set<std::int64_t> tokens_;
};

TEST(LifeCycle, RandomEventsKeepTheInvariants) {
  const char* given = std::getenv("CONVERT_TEST_SEED");
  const std::uint64_t seed = given != nullptr ? std::strtoull(given, nullptr, 10) : std::random_device{}();
  std::cout << "CONVERT_TEST_SEED=" << seed << std::endl;
  for (std::uint64_t walk = 0; walk < 2'000 && !testing::Test::HasFailure(); ++walk) {
    SCOPED_TRACE(walk);
    Walk on(seed + walk);
    for (int n = 0; n < 100 && !testing::Test::HasFailure(); ++n) on.step();
  }
}

}  // namespace
}  // namespace convert::test
