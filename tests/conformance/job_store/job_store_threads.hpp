// SPDX-License-Identifier: MIT
#pragma once

#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <map>
#include <thread>

#include "conformance/job_store/job_store_fixture.hpp"
#include "conformance/support/suite_support.hpp"

/// Many threads and processes that use one store.
namespace convert::conformance {

inline constexpr milliseconds kLongLease = std::chrono::hours(24);

/// Ends a wait without progress.
class ProgressDeadline {
 public:
  void renew() { until_ = std::chrono::steady_clock::now() + kDeadline; }
  bool passed() const { return std::chrono::steady_clock::now() > until_; }

 private:
  std::chrono::steady_clock::time_point until_ = std::chrono::steady_clock::now() + kDeadline;
};

/// Claims and completes jobs until all have ended. False if a call fails, or if jobs remain that cannot be
/// claimed.
inline bool run_worker(JobStore& store, const std::string& worker, std::size_t at_once) {
  ProgressDeadline deadline;
  while (!deadline.passed()) {
    const auto jobs = store.claim({worker, kLongLease, at_once});
    if (!jobs) return false;
    for (const auto& job : *jobs) {
      JobOutput output;
      output.key = std::to_string(job.id) + "/" + std::to_string(job.token) + "/out";
      if (!store.apply(job.id, event::Completed{job.token, {output}, {}})) return false;
    }
    if (!jobs->empty()) {
      deadline.renew();
      continue;
    }
    JobFilter unfinished;
    unfinished.states = {JobState::queued, JobState::running};
    unfinished.max = 1;
    const auto left = store.list(unfinished);
    if (!left) return false;
    if (left->empty()) return true;
    std::this_thread::yield();
  }
  return false;
}

/// Inserts `count` jobs of several owners. False if a call fails.
inline bool submit(JobStore& store, const std::string& name, int count) {
  for (int n = 0; n < count; ++n) {
    JobRequest requested;
    requested.owner = "owner-" + std::to_string(n % 7);
    requested.priority = n % 3;
    requested.inputs.push_back({"x", "in/" + name + "-" + std::to_string(n), 1, ""});
    if (!store.insert(requested)) return false;
  }
  return true;
}

/// Expects that each job was submitted, claimed and completed once, in this order, according to the change
/// log.
inline void expect_each_ran_once(JobStore& store, int count) {
  std::map<JobId, std::vector<ChangeKind>> lives;
  Revision after = 0;
  while (true) {
    const auto lines = store.changes(after, 1000);
    ASSERT_TRUE(lines) << lines.error().message;
    if (lines->empty()) break;
    for (const auto& line : *lines) {
      ASSERT_GT(line.revision, after);
      after = line.revision;
      lives[line.job].push_back(line.kind);
    }
  }
  EXPECT_EQ(lives.size(), static_cast<std::size_t>(count));
  const std::vector<ChangeKind> expected{ChangeKind::submitted, ChangeKind::claimed, ChangeKind::completed};
  for (const auto& [id, life] : lives) ASSERT_EQ(life, expected) << "job " << id;
  const auto statistics = store.statistics();
  ASSERT_TRUE(statistics);
  EXPECT_EQ(statistics->in(JobState::succeeded), static_cast<std::uint64_t>(count));
}

inline int job_count() { return amount(2'000, 20'000); }

TEST_P(JobStoreSuite, EightThreadsRunEachJobOnce) {
  constexpr int threads = 8;
  const int jobs = job_count();
  EXPECT_EQ(
      count_failures(threads, [&](int n) { return submit(store(), std::to_string(n), jobs / threads); }), 0);
  EXPECT_EQ(
      count_failures(
          threads,
          [&](int n) { return run_worker(store(), std::to_string(n), static_cast<std::size_t>(1 + n % 4)); }),
      0);
  expect_each_ran_once(store(), jobs);
}

TEST_P(JobStoreSuite, JobsCanBeSubmittedWhileOthersRun) {
  constexpr int threads = 8;
  const int jobs = job_count() / 4;
  ASSERT_TRUE(submit(store(), "first", 1));
  EXPECT_EQ(count_failures(threads,
                           [&](int n) {
                             return (n % 2 == 0 || submit(store(), std::to_string(n), jobs / 4)) &&
                                    run_worker(store(), std::to_string(n), 3);
                           }),
            0);
  expect_each_ran_once(store(), jobs + 1);
}

inline bool JobStoreSuite::run_process(int number, int threads, int jobs) {
  auto opened = GetParam().open(folder(), {});
  if (!opened) return false;
  const auto crew = [&](int n) {
    const auto name = std::to_string(number) + "-" + std::to_string(n);
    return submit(**opened, name, jobs) && run_worker(**opened, name, 4);
  };
  return count_failures(threads, crew) == 0;
}

/// Forks while this process has a single thread and no open store.
TEST_P(JobStoreSuite, FourProcessesRunEachJobOnce) {
  if (!GetParam().shared) GTEST_SKIP() << "the backend supports one process only";
  constexpr int processes = 4;
  constexpr int threads = 2;
  const int jobs = job_count();
  close();
  std::vector<pid_t> children;
  for (int p = 0; p < processes; ++p) {
    const auto child = ::fork();
    ASSERT_GE(child, 0);
    if (child == 0) ::_exit(run_process(p, threads, jobs / processes / threads) ? 0 : 1);
    children.push_back(child);
  }
  for (const auto child : children) {
    int status = -1;
    EXPECT_EQ(::waitpid(child, &status, 0), child);
    EXPECT_EQ(status, 0);
  }
  open();
  expect_each_ran_once(store(), jobs);
}

/// Reads the change log as it grows, until it has `count` entries. Returns their revisions.
inline std::vector<Revision> follow(JobStore& store, std::size_t count) {
  ProgressDeadline deadline;
  std::vector<Revision> seen;
  while (seen.size() < count && !deadline.passed()) {
    const auto lines = store.changes(seen.empty() ? 0 : seen.back(), 100);
    if (!lines) break;
    for (const auto& line : *lines) seen.push_back(line.revision);
    if (!lines->empty()) deadline.renew();
  }
  return seen;
}

/// Four threads follow the change log while four others write: an entry that appears behind a follower's
/// cursor is missing there.
TEST_P(JobStoreSuite, FollowersSeeEveryEntryOfTheChangeLogInOrder) {
  const int jobs = job_count() / 4;
  std::array<std::vector<Revision>, 4> followed;
  const auto part = [&](int n) {
    if (n < 4)
      return submit(store(), std::to_string(n), jobs / 4) && run_worker(store(), std::to_string(n), 2);
    followed[static_cast<std::size_t>(n - 4)] = follow(store(), 3 * static_cast<std::size_t>(jobs));
    return true;
  };
  EXPECT_EQ(count_failures(8, part), 0);
  std::vector<Revision> all;
  for (const auto& line : log()) all.push_back(line.revision);
  EXPECT_EQ(all.size(), 3 * static_cast<std::size_t>(jobs));
  for (const auto& seen : followed) EXPECT_EQ(seen, all);
}

}  // namespace convert::conformance
