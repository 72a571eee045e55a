// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>

#include "conformance/job_store/job_store_fixture.hpp"

/// The change log, lists, unused keys and statistics.
namespace convert::conformance {

TEST_P(JobStoreSuite, TheChangeLogRecordsEveryChange) {
  OutputSpec spec;
  spec.format = "ogg";
  const auto start = clock().now();
  const auto id = insert(request("ben")).id;
  const auto step = [&](const Event& event) {
    clock().step(milliseconds(1));
    return apply(id, event).job;
  };
  const auto token = [&] {
    clock().step(milliseconds(1));
    return claim().token;
  };
  step(event::Released{token(), {}});
  step(event::AttemptFailed{token(), {Errc::io, "x", true}, {}});
  step(event::Interrupted{token()});
  step(event::Cancelled{});
  step(event::Retried{});
  step(event::Completed{token(), {}, {}});
  step(event::Replaced{spec, ""});
  step(event::Completed{token(), {}, {}});
  step(event::OutputsExpired{});
  step(event::InputsExpired{});
  clock().step(milliseconds(1));
  expect_ok(store().remove(id));

  using enum ChangeKind;
  using S = JobState;
  const std::vector<std::pair<ChangeKind, JobState>> expected{
      {submitted, S::queued},         {claimed, S::running},       {released, S::queued},
      {claimed, S::running},          {attempt_failed, S::queued}, {claimed, S::running},
      {interrupted, S::queued},       {cancelled, S::cancelled},   {retried, S::queued},
      {claimed, S::running},          {completed, S::succeeded},   {replaced, S::queued},
      {claimed, S::running},          {completed, S::succeeded},   {outputs_expired, S::succeeded},
      {inputs_expired, S::succeeded}, {removed, S::succeeded}};
  open_again();
  const auto lines = log();
  ASSERT_EQ(lines.size(), expected.size());
  for (std::size_t n = 0; n < lines.size(); ++n) {
    SCOPED_TRACE(n);
    EXPECT_GT(lines[n].revision, n == 0 ? 0 : lines[n - 1].revision);
    EXPECT_EQ(lines[n].job, id);
    EXPECT_EQ(lines[n].owner, "ben");
    EXPECT_EQ(to_string(lines[n].kind), to_string(expected[n].first));
    EXPECT_EQ(lines[n].state, expected[n].second);
    EXPECT_EQ(lines[n].at, start + milliseconds(n));
  }
}

TEST_P(JobStoreSuite, TheChangeLogIsReadWithACursor) {
  for (int n = 0; n < 10; ++n) insert();
  Revision after = 0;
  std::vector<JobId> seen;
  while (true) {
    const auto lines = expect_ok(store().changes(after, 3));
    if (lines.empty()) break;
    EXPECT_LE(lines.size(), 3U);
    for (const auto& line : lines) {
      EXPECT_GT(line.revision, after);
      after = line.revision;
      seen.push_back(line.job);
    }
  }
  EXPECT_EQ(seen.size(), 10U);
  EXPECT_TRUE(expect_ok(store().changes(0, 0)).empty());
  EXPECT_TRUE(expect_ok(store().changes(after, 5)).empty());
}

TEST_P(JobStoreSuite, TheEntriesOfOneJobAreReadWithACursor) {
  const auto job = insert();
  std::vector<Revision> revisions{job.revision};
  for (int n = 0; n < 3; ++n) {
    insert(request("ben"));
    revisions.push_back(apply(job.id, event::Cancelled{}).job.revision);
    revisions.push_back(apply(job.id, event::Retried{}).job.revision);
  }
  insert();
  Revision after = 0;
  std::vector<Revision> found;
  while (true) {
    const auto lines = expect_ok(store().job_changes(job.id, after, 2));
    if (lines.empty()) break;
    EXPECT_LE(lines.size(), 2U);
    for (const auto& line : lines) {
      EXPECT_EQ(line.job, job.id);
      found.push_back(after = line.revision);
    }
  }
  EXPECT_EQ(found, revisions);
  EXPECT_TRUE(expect_ok(store().job_changes(job.id, 0, 0)).empty());
  EXPECT_TRUE(expect_ok(store().job_changes(12'345, 0, 10)).empty());
}

TEST_P(JobStoreSuite, TheLastRevisionIsThatOfTheLastEntry) {
  EXPECT_EQ(last_revision(), 0);
  const auto job = insert();
  EXPECT_EQ(last_revision(), job.revision);
  insert();
  expect_ok(store().remove(job.id));
  EXPECT_EQ(last_revision(), log().back().revision);
  EXPECT_EQ(last_revision(), statistics().revision);
  EXPECT_TRUE(expect_ok(store().changes(last_revision(), 10)).empty());
  clock().step(milliseconds(10));
  EXPECT_TRUE(store().trim_changes(clock().now()));
  EXPECT_EQ(last_revision(), log().back().revision) << "the newest entry stays";
}

TEST_P(JobStoreSuite, NotifiesOfChangesUntilTheHandleIsDestroyed) {
  std::atomic<int> calls = 0;
  auto handle = store().notify_changes([&]() { ++calls; });
  if (!handle) GTEST_SKIP() << "this store cannot notify: readers poll";
  const auto deadline = std::chrono::steady_clock::now() + kDeadline;
  // A store on a server connects first.
  while (calls == 0 && std::chrono::steady_clock::now() < deadline) {
    insert();
    std::this_thread::yield();
  }
  EXPECT_GT(calls, 0);
  handle.reset();
  const int at_the_end = calls;
  insert();
  EXPECT_EQ(calls, at_the_end);
}

TEST_P(JobStoreSuite, FindsManyJobsAtOnce) {
  EXPECT_TRUE(expect_ok(store().find_many({})).empty());
  std::vector<JobId> existing;
  for (const auto state : kStates) {
    if (state != JobState::queued) existing.push_back(job_in(state).id);
  }
  existing.push_back(insert().id);
  const auto missing = insert().id;
  expect_ok(store().remove(missing));
  std::vector<JobId> requested{existing.rbegin(), existing.rend()};
  const std::vector<JobId> expected = requested;
  requested.insert(requested.begin() + 1, missing);
  requested.push_back(0);
  const auto found = expect_ok(store().find_many(requested));
  EXPECT_EQ(ids(found), expected);
  for (const auto& job : found) EXPECT_EQ(describe(job), describe(find(job.id)));
}

TEST_P(JobStoreSuite, CallsWithoutEffectAreNotLogged) {
  const auto job = insert();
  EXPECT_FALSE(apply(job.id, event::Retried{}).changed);
  EXPECT_ERROR(store().apply(job.id, event::OutputsExpired{}), Errc::conflict);
  EXPECT_ERROR(store().insert(job.request), Errc::conflict);
  expect_ok(store().expire_leases(10));
  EXPECT_EQ(log().size(), 1U);
  EXPECT_EQ(find(job.id).revision, job.revision);
}

TEST_P(JobStoreSuite, TrimmingKeepsTheNewestEntry) {
  std::vector<Revision> revisions;
  for (int n = 0; n < 5; ++n) {
    revisions.push_back(insert().revision);
    clock().step(milliseconds(10));
  }
  const auto start = log().front().at;
  EXPECT_TRUE(store().trim_changes(start + milliseconds(20)));
  auto lines = log();
  ASSERT_EQ(lines.size(), 3U) << "an entry of exactly that time stays";
  EXPECT_EQ(lines.front().revision, revisions[2]);
  EXPECT_TRUE(store().trim_changes(start + milliseconds(1'000'000)));
  lines = log();
  ASSERT_EQ(lines.size(), 1U);
  EXPECT_EQ(lines.front().revision, revisions[4]);
  open_again();
  EXPECT_GT(insert().revision, revisions[4]) << "revisions are never reused";
  EXPECT_EQ(expect_ok(store().list({})).size(), 6U);
}

/// All jobs of a filter, read page by page.
inline std::vector<JobId> all_pages(JobStore& store, JobFilter filter) {
  std::vector<JobId> found;
  while (true) {
    const auto page = store.list(filter);
    if (!page || page->empty()) return found;
    EXPECT_LE(page->size(), filter.max);
    for (const auto& job : *page) found.push_back(job.id);
    filter.after = page->back().id;
  }
}

TEST_P(JobStoreSuite, ListsAreReadWithACursorInBothDirections) {
  std::vector<JobId> made;
  for (int n = 0; n < 10; ++n) made.push_back(insert(request(n % 3 == 0 ? "ann" : "ben")).id);
  JobFilter filter;
  for (const std::size_t page : {1, 3, 10, 100}) {
    filter.max = page;
    filter.descending = false;
    EXPECT_EQ(all_pages(store(), filter), made);
    filter.descending = true;
    EXPECT_EQ(all_pages(store(), filter), std::vector(made.rbegin(), made.rend()));
  }
  filter.max = 2;
  filter.owner = "ann";
  EXPECT_EQ(all_pages(store(), filter), (std::vector{made[9], made[6], made[3], made[0]}));
  filter.owner = "nobody";
  EXPECT_TRUE(all_pages(store(), filter).empty());
  for (const std::size_t bad : {std::size_t{0}, std::size_t{10'001}}) {
    filter.max = bad;
    EXPECT_ERROR(store().list(filter), Errc::invalid_argument);
  }
}

/// Compares each filter and each pair of filters with a scan of all jobs.
TEST_P(JobStoreSuite, FiltersFindTheMatchingJobs) {
  auto requested = request("ben");
  requested.unique_key = "key";
  requested.fingerprint = "print";
  insert(requested);
  complete(claim());
  requested = request("ann");
  requested.unique_key = "key";
  insert(requested);
  requested = request("ann");
  requested.fingerprint = "print";
  insert(requested);
  apply(3, event::Cancelled{});
  clock().step(milliseconds(100));
  const auto middle = clock().now();
  clock().step(milliseconds(100));
  for (const auto state : {JobState::failed, JobState::succeeded, JobState::cancelled}) {
    auto next = request("");
    next.priority = 9;
    next.urgency = 9;
    const auto id = insert(next).id;
    if (state == JobState::cancelled) apply(id, event::Cancelled{});
    if (state == JobState::cancelled) continue;
    const auto job = claim();
    ASSERT_EQ(job.id, id);
    if (state == JobState::succeeded) complete(job);
    if (state == JobState::failed) apply(id, event::AttemptFailed{job.token, {Errc::io, "x", false}, {}});
  }
  apply(5, event::OutputsExpired{});
  apply(6, event::InputsExpired{});

  using Set = std::function<void(JobFilter&)>;
  using Matches = std::function<bool(const Job&)>;
  const std::vector<std::pair<Set, Matches>> filters{
      {[](JobFilter&) {}, [](const Job&) { return true; }},
      {[](JobFilter& f) { f.owner = "ann"; }, [](const Job& j) { return j.request.owner == "ann"; }},
      {[](JobFilter& f) { f.owner = ""; }, [](const Job& j) { return j.request.owner.empty(); }},
      {[](JobFilter& f) { f.states = {JobState::queued}; },
       [](const Job& j) { return j.state == JobState::queued; }},
      {[](JobFilter& f) {
         f.states = {JobState::succeeded, JobState::cancelled};
       },
       [](const Job& j) { return j.state == JobState::succeeded || j.state == JobState::cancelled; }},
      {[](JobFilter& f) { f.owner = "ann", f.unique_key = "key"; },
       [](const Job& j) { return j.request.owner == "ann" && j.request.unique_key == "key"; }},
      {[](JobFilter& f) { f.fingerprint = "print"; },
       [](const Job& j) { return j.request.fingerprint == "print"; }},
      {[&](JobFilter& f) { f.finished_before = middle; },
       [&](const Job& j) { return j.finished && *j.finished < middle; }},
      {[](JobFilter& f) { f.has_inputs = true; }, [](const Job& j) { return !j.inputs_expired; }},
      {[](JobFilter& f) { f.has_outputs = true; }, [](const Job& j) { return !j.outputs.empty(); }},
      {[](JobFilter& f) { f.descending = true; }, [](const Job&) { return true; }},
      {[](JobFilter& f) { f.after = 3; }, [](const Job& j) { return j.id > 3; }},
  };
  const auto everything = expect_ok(store().list({}));
  ASSERT_EQ(everything.size(), 6U);
  for (std::size_t one = 0; one < filters.size(); ++one) {
    for (std::size_t two = one; two < filters.size(); ++two) {
      if (two == 11 && one == 10) continue;  // with "descending", the cursor has the other meaning
      if (one == 1 && two == 2) continue;    // both set the same field
      if (one == 2 && two == 5) continue;
      if (one == 3 && two == 4) continue;
      SCOPED_TRACE(testing::Message() << "filters " << one << " and " << two);
      JobFilter filter;
      filters[one].first(filter);
      filters[two].first(filter);
      std::vector<JobId> expected;
      for (const auto& job : everything) {
        if (filters[one].second(job) && filters[two].second(job)) expected.push_back(job.id);
      }
      if (filter.descending) std::reverse(expected.begin(), expected.end());
      EXPECT_EQ(ids(expect_ok(store().list(filter))), expected);
      filter.max = 1;
      EXPECT_EQ(all_pages(store(), filter), expected);
    }
  }
}

TEST_P(JobStoreSuite, KeysWithoutAJobAreUnused) {
  const auto job = running();
  const auto input = job.request.inputs.front().key;
  const auto output = outputs_of(job).front().key;
  const std::vector<Key> keys{"x/1", input, output, "x/2"};
  const auto unreferenced = [&] { return expect_ok(store().unreferenced(keys)); };
  using Keys = std::vector<Key>;
  EXPECT_EQ(unreferenced(), (Keys{"x/1", output, "x/2"}));
  complete(job);
  EXPECT_EQ(unreferenced(), (Keys{"x/1", "x/2"}));
  open_again();
  EXPECT_EQ(unreferenced(), (Keys{"x/1", "x/2"}));
  OutputSpec spec;
  spec.format = "ogg";
  EXPECT_EQ(apply(job.id, event::Replaced{spec, ""}).dropped_keys, Keys{output});
  EXPECT_EQ(unreferenced(), (Keys{"x/1", output, "x/2"}));
  const auto again = claim();
  complete(again);
  EXPECT_EQ(apply(job.id, event::OutputsExpired{}).dropped_keys, Keys{outputs_of(again).front().key});
  EXPECT_EQ(expect_ok(store().unreferenced(Keys{outputs_of(again).front().key})).size(), 1U);
  EXPECT_EQ(apply(job.id, event::InputsExpired{}).dropped_keys, Keys{input});
  EXPECT_EQ(unreferenced(), keys);
  EXPECT_TRUE(expect_ok(store().unreferenced({})).empty());
}

TEST_P(JobStoreSuite, KeysOfARemovedJobAreUnused) {
  const auto job = complete(running());
  const std::vector<Key> keys{job.request.inputs.front().key, job.outputs.front().key};
  EXPECT_TRUE(expect_ok(store().unreferenced(keys)).empty());
  expect_ok(store().remove(job.id));
  EXPECT_EQ(expect_ok(store().unreferenced(keys)), keys);
}

TEST_P(JobStoreSuite, StatisticsCountJobsByState) {
  auto empty = statistics();
  EXPECT_EQ(empty.owners + empty.ready + empty.delayed + empty.waiting, 0U);
  EXPECT_EQ(empty.revision, 0);
  EXPECT_EQ(empty.oldest_ready, milliseconds(0));
  for (const auto state : {JobState::running, JobState::succeeded, JobState::failed, JobState::cancelled}) {
    job_in(state);
  }
  auto requested = request("ben");
  requested.not_before = clock().now() + milliseconds(1000);
  insert(requested);
  clock().step(milliseconds(300));
  insert(request("cho"));
  clock().step(milliseconds(200));
  insert(request("ann"));
  auto there = statistics();
  for (const auto state : kStates) EXPECT_EQ(there.in(state), state == JobState::queued ? 3U : 1U);
  EXPECT_EQ(there.ready, 2U);
  EXPECT_EQ(there.delayed, 1U);
  EXPECT_EQ(there.waiting, 0U);
  EXPECT_EQ(there.oldest_ready, milliseconds(200));
  EXPECT_EQ(there.owners, 3U);
  EXPECT_EQ(there.revision, log().back().revision);
  open_again();
  clock().step(milliseconds(600));
  there = statistics();
  EXPECT_EQ(there.ready, 3U);
  EXPECT_EQ(there.delayed, 0U);
  EXPECT_EQ(there.oldest_ready, milliseconds(800));
}

}  // namespace convert::conformance
