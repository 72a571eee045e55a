// SPDX-License-Identifier: MIT
#pragma once

#include <map>
#include <random>
#include <set>
#include <tuple>

#include "conformance/job_store/job_store_threads.hpp"

/// Workers run jobs while other threads cancel, retry, replace and remove them.
namespace convert::conformance {

/// Applies `times` random events to random jobs. False if a call fails for another reason than the job's
/// state.
inline bool send_random_events(JobStore& store, std::uint64_t chosen, int jobs, int times) {
  std::mt19937_64 random(chosen);
  const auto below = [&](int end) { return std::uniform_int_distribution<int>(0, end - 1)(random); };
  OutputSpec spec;
  spec.format = "ogg";
  const auto expected = [](const auto& answer) {
    return answer || answer.error().code == Errc::conflict || answer.error().code == Errc::not_found;
  };
  for (int n = 0; n < times; ++n) {
    const JobId id = 1 + below(jobs);
    const auto what = below(20);
    if (what == 0 && !expected(store.remove(id))) return false;
    if (what == 1 && !store.expire_leases(10)) return false;
    if (what < 2) continue;
    const Event event = what < 8    ? Event(event::Cancelled{})
                        : what < 14 ? Event(event::Retried{})
                                    : Event(event::Replaced{spec, what < 17 ? "" : "print"});
    if (!expected(store.apply(id, event))) return false;
  }
  return true;
}

/// As `run_worker`, for jobs that other threads change. Records the claims that it completed.
inline bool run_disturbed_worker(JobStore& store, const std::atomic<bool>& senders_done,
                                 std::set<std::pair<JobId, std::int64_t>>& completed) {
  ProgressDeadline deadline;
  while (!deadline.passed()) {
    const bool last = senders_done;
    const auto jobs = store.claim({"worker", kLongLease, 2});
    if (!jobs) return false;
    for (const auto& job : *jobs) {
      const ClaimHeartbeat beat{job.claim(), 0.5};
      if (!store.heartbeat({&beat, 1}, kLongLease)) return false;
      const auto done = store.apply(job.id, event::Completed{job.token, {}, {}});
      if (done) completed.emplace(job.id, job.token);
      if (!done && done.error().code != Errc::conflict && done.error().code != Errc::not_found) return false;
    }
    if (!jobs->empty()) deadline.renew();
    JobFilter unfinished;
    unfinished.states = {JobState::queued, JobState::running};
    unfinished.max = 1;
    const auto left = store.list(unfinished);
    if (!left) return false;
    if (last && left->empty()) return true;
  }
  return false;
}

/// Whether a change is possible in this state.
inline bool follows(JobState before, ChangeKind kind) {
  switch (kind) {
    case ChangeKind::claimed:
      return before == JobState::queued;
    case ChangeKind::completed:
      return before == JobState::running;
    case ChangeKind::cancelled:
      return before == JobState::queued || before == JobState::running;
    case ChangeKind::retried:
      return before == JobState::failed || before == JobState::cancelled;
    case ChangeKind::replaced:
    case ChangeKind::removed:
      return true;
    default:
      return false;
  }
}

/// Checks that the change log is a possible history of each job. Returns its number of completions.
inline std::size_t completions_of(const std::vector<Change>& log) {
  std::map<JobId, JobState> states;
  std::size_t completions = 0;
  for (const auto& line : log) {
    const auto before = states.find(line.job);
    if (line.kind == ChangeKind::submitted) {
      EXPECT_TRUE(before == states.end());
    } else if (before == states.end() || !follows(before->second, line.kind)) {
      ADD_FAILURE() << "line " << line.revision << ": job " << line.job << " was " << to_string(line.kind);
      return 0;
    }
    if (line.kind == ChangeKind::completed) ++completions;
    states[line.job] = line.state;
    if (line.kind == ChangeKind::removed) states.erase(line.job);
  }
  return completions;
}

TEST_P(JobStoreSuite, EachClaimIsCompletedOnceDespiteRandomEvents) {
  constexpr int workers = 4;
  const int jobs = amount(200, 2'000);
  const auto chosen = seed();
  ASSERT_TRUE(submit(store(), "x", jobs));
  std::vector<std::set<std::pair<JobId, std::int64_t>>> completed(workers);
  std::atomic<int> senders_left = 2;
  std::atomic<bool> senders_done = false;
  const auto part = [&](int n) {
    if (n < workers)
      return run_disturbed_worker(store(), senders_done, completed[static_cast<std::size_t>(n)]);
    const bool good = send_random_events(store(), chosen + static_cast<std::uint64_t>(n), jobs, 4 * jobs);
    if (--senders_left == 0) senders_done = true;
    return good;
  };
  EXPECT_EQ(count_failures(workers + 2, part), 0);
  std::set<std::pair<JobId, std::int64_t>> all;
  std::size_t sum = 0;
  for (const auto& of_one : completed) {
    sum += of_one.size();
    all.insert(of_one.begin(), of_one.end());
  }
  EXPECT_EQ(all.size(), sum) << "a claim was completed twice";
  EXPECT_EQ(completions_of(log()), sum);
  EXPECT_EQ(statistics().in(JobState::queued) + statistics().in(JobState::running), 0U);
  EXPECT_EQ(statistics().waiting, 0U);
}

}  // namespace convert::conformance
