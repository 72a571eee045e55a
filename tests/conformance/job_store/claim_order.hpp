// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <map>
#include <set>

#include "conformance/job_store/job_store_fixture.hpp"

/// The order of claims.
namespace convert::conformance {

TEST_P(JobStoreSuite, AClaimStartsAJob) {
  const auto queued = insert();
  clock().step(milliseconds(5));
  const auto claimed = expect_ok(store().claim({"host-1", milliseconds(10'000), 5}));
  ASSERT_EQ(claimed.size(), 1U);
  auto expected = queued;
  expected.state = JobState::running;
  expected.worker = "host-1";
  expected.started = clock().now();
  expected.token = claimed.front().token;
  expected.revision = next_revision(claimed.front(), queued.revision);
  EXPECT_GT(expected.token, 0);
  EXPECT_EQ(describe(claimed.front()), describe(expected));
  EXPECT_EQ(describe(find(queued.id)), describe(expected));
  EXPECT_TRUE(claim(5).empty());
}

TEST_P(JobStoreSuite, AClaimReturnsAtMostMaxJobs) {
  for (int n = 0; n < 5; ++n) insert();
  EXPECT_TRUE(claim(0).empty());
  EXPECT_EQ(claim(3).size(), 3U);
  EXPECT_EQ(claim(3).size(), 2U);
  EXPECT_TRUE(claim(3).empty());
}

TEST_P(JobStoreSuite, RejectsLeasesOutOfBounds) {
  insert();
  using namespace std::chrono_literals;
  for (const milliseconds lease :
       {milliseconds(0), milliseconds(-1), milliseconds(24h) + 1ms, milliseconds::max()}) {
    EXPECT_ERROR(store().claim({"w", lease, 1}), Errc::invalid_argument);
    EXPECT_ERROR(store().heartbeat({}, lease), Errc::invalid_argument);
  }
  EXPECT_EQ(claim(1, 24h).size(), 1U);
}

TEST_P(JobStoreSuite, JobsOfAnOwnerRunByPriorityThenAge) {
  std::vector<JobId> made;
  for (const int priority : {0, 5, -3, 5, 0}) {
    auto requested = request();
    requested.priority = priority;
    made.push_back(insert(requested).id);
  }
  EXPECT_EQ(ids(claim(5)), (std::vector{made[1], made[3], made[0], made[4], made[2]}));
}

TEST_P(JobStoreSuite, UrgencyCrossesOwnersAndPriorityDoesNot) {
  const auto plain = insert(request("ann")).id;
  auto requested = request("ben");
  requested.priority = 1000;
  const auto important = insert(requested).id;
  requested = request("ben");
  requested.urgency = 1;
  requested.priority = -1000;
  const auto urgent = insert(requested).id;
  EXPECT_EQ(claim().id, urgent);
  EXPECT_EQ(claim().id, plain) << "ben has a running job and ann has none";
  EXPECT_EQ(claim().id, important);
}

TEST_P(JobStoreSuite, OwnersTakeTurns) {
  std::map<JobId, std::string> owner_of;
  for (const auto* owner : {"ann", "ann", "ann", "ben", "ben", "cho"}) {
    owner_of[insert(request(owner)).id] = owner;
  }
  std::string turns;
  while (true) {
    const auto job = claim();
    if (job.id == 0) break;
    turns += owner_of[job.id].front();
    complete(job);  // so that no owner has a running job and the last claim decides
  }
  ASSERT_EQ(turns.size(), 6U);
  auto first = turns.substr(0, 3);
  std::sort(first.begin(), first.end());
  EXPECT_EQ(first, "abc") << turns;
  EXPECT_TRUE(turns.substr(3) == "aba" || turns.substr(3) == "baa") << turns;
}

TEST_P(JobStoreSuite, TheOwnerWithFewerRunningJobsIsNext) {
  for (int n = 0; n < 4; ++n) insert(request("ann"));
  EXPECT_EQ(claim(3).size(), 3U);
  for (int n = 0; n < 4; ++n) insert(request("ben"));
  std::string owners;
  for (const auto& job : claim(5)) owners += job.request.owner.front();
  EXPECT_EQ(owners.substr(0, 3), "bbb");
  EXPECT_EQ(std::count(owners.begin(), owners.end(), 'a'), 1) << owners;
}

/// Another owner's first job runs as soon as a slot is free, however many jobs one owner has queued.
TEST_P(JobStoreSuite, AnOwnerWithManyJobsDelaysOthersByOneJobPerSlot) {
  const int mass = amount(1'000, 10'000);
  for (int n = 0; n < mass; ++n) {
    auto requested = request("mass");
    requested.priority = 9;
    insert(requested);
  }
  constexpr std::size_t slots = 4;
  const auto running = claim(slots);
  ASSERT_EQ(running.size(), slots);
  const auto first = insert(request("newcomer")).id;
  complete(running.front());
  EXPECT_EQ(claim().id, first);
  // Likewise a third owner's, although the newcomer has many jobs too.
  for (int n = 0; n < 10; ++n) insert(request("newcomer"));
  const auto third = insert(request("third")).id;
  complete(running.back());
  EXPECT_EQ(claim().id, third);
}

TEST_P(JobStoreSuite, AJobWaitsUntilNotBefore) {
  auto requested = request();
  requested.not_before = clock().now() + milliseconds(1000);
  requested.priority = 9;
  const auto later = insert(requested).id;
  const auto now = insert().id;
  EXPECT_EQ(ids(claim(5)), std::vector{now});
  clock().step(milliseconds(999));
  EXPECT_EQ(claim().id, 0);
  clock().step(milliseconds(1));
  EXPECT_EQ(statistics().ready, 1U);
  clock().step(milliseconds(-500));
  EXPECT_EQ(claim().id, 0) << "the clock was set back";
  clock().step(milliseconds(500));
  EXPECT_EQ(claim().id, later);
}

/// Ready jobs stay ready: new, released, interrupted and retried ones.
TEST_P(JobStoreSuite, AClockSetBackDoesNotDelayReadyJobs) {
  const auto first = insert().id;
  const auto second = insert().id;
  const auto third = insert().id;
  apply(first, event::Cancelled{});
  apply(first, event::Retried{});
  const auto running = claim(3);
  ASSERT_EQ(running.size(), 3U);
  apply(first, event::Released{running[0].token, {}});
  apply(second, event::Interrupted{running[1].token});
  apply(third, event::AttemptFailed{running[2].token, {Errc::io, "try again", true}, {}});
  const auto fourth = insert().id;
  clock().step(std::chrono::hours(-1));
  EXPECT_EQ(statistics().ready, 4U);
  EXPECT_EQ(statistics().delayed, 0U);
  EXPECT_EQ(statistics().oldest_ready, milliseconds(0));
  const auto fifth = insert().id;
  EXPECT_EQ(ids(claim(9)), (std::vector{first, second, third, fourth, fifth}));
}

TEST_P(JobStoreSuite, AClockSetBackDoesNotDelayDuplicates) {
  auto requested = request();
  requested.fingerprint = "same";
  const auto running = (insert(requested), claim());
  requested.inputs = request().inputs;
  const auto duplicate = insert(requested).id;
  EXPECT_EQ(claim().id, 0);
  clock().step(std::chrono::hours(-1));
  EXPECT_EQ(statistics().waiting, 1U);
  EXPECT_EQ(claim().id, 0);
  complete(running);
  EXPECT_EQ(claim().id, duplicate);
}

TEST_P(JobStoreSuite, DuplicatesRunOneAfterTheOther) {
  const auto insert_duplicate = [&](std::string owner, int priority = 0) {
    auto requested = request(std::move(owner));
    requested.fingerprint = "same";
    requested.priority = priority;
    return insert(requested).id;
  };
  const auto first = insert_duplicate("ann");
  const auto second = insert_duplicate("ann");
  const auto third = insert_duplicate("ann", 5);
  auto requested = request();
  requested.fingerprint = "other";
  requested.priority = -1;
  const auto other = insert(requested).id;
  const auto unmarked = insert(request("ann")).id;

  const auto running = claim(5);
  EXPECT_EQ(ids(running), (std::vector{third, unmarked, other}));
  EXPECT_EQ(statistics().waiting, 2U);
  EXPECT_EQ(statistics().ready, 0U);
  EXPECT_TRUE(claim(5).empty());
  complete(running.front());
  EXPECT_EQ(statistics().ready, 2U);
  EXPECT_EQ(ids(claim(5)), std::vector{first});
  EXPECT_EQ(statistics().waiting, 1U);
  apply(first, event::Cancelled{});
  EXPECT_EQ(ids(claim(5)), std::vector{second});
}

TEST_P(JobStoreSuite, TheNextDuplicateRunsHoweverTheFirstEnds) {
  OutputSpec spec;
  spec.format = "ogg";
  const std::vector<std::function<void(const Job&)>> ends{
      [&](const Job& job) { complete(job); },
      [&](const Job& job) {
        apply(job.id, event::AttemptFailed{job.token, {Errc::io, "x", false}, {}});
      },
      [&](const Job& job) {
        apply(job.id, event::AttemptFailed{job.token, {Errc::io, "x", true}, milliseconds(1'000'000)});
      },
      [&](const Job& job) {
        apply(job.id, event::Released{job.token, milliseconds(1'000'000)});
      },
      [&](const Job& job) { apply(job.id, event::Cancelled{}); },
      [&](const Job& job) {
        apply(job.id, event::Replaced{spec, "else"});
      },
      [&](const Job& job) { expect_ok(store().remove(job.id)); },
      [&](const Job& job) {
        clock().step(milliseconds(10'001));
        EXPECT_EQ(expect_ok(store().expire_leases(1)).front().id, job.id);
        apply(job.id, event::Cancelled{});
      },
  };
  for (std::size_t which = 0; which < ends.size(); ++which) {
    SCOPED_TRACE(which);
    auto requested = request("ann");
    requested.fingerprint = "same" + std::to_string(which);
    const auto first = insert(requested).id;
    requested.inputs = request().inputs;
    requested.owner = "ben";
    const auto second = insert(requested).id;
    const auto job = claim();
    EXPECT_EQ(claim(5).size(), 0U);
    const auto other = job.id == first ? second : first;
    ends[which](job);
    open_again();
    const auto next = ids(claim(5));
    EXPECT_TRUE(std::find(next.begin(), next.end(), other) != next.end());
    for (const auto& left : expect_ok(store().list({}))) expect_ok(store().remove(left.id));
  }
}

TEST_P(JobStoreSuite, DuplicatesAppearByTimeAndByReplacement) {
  auto requested = request();
  requested.fingerprint = "same";
  const auto first = insert(requested).id;
  requested.inputs = request().inputs;
  requested.not_before = clock().now() + milliseconds(100);
  const auto later = insert(requested).id;
  const auto running = claim();
  EXPECT_EQ(running.id, first);
  EXPECT_EQ(statistics().delayed, 1U);
  clock().step(milliseconds(100));
  EXPECT_EQ(statistics().waiting, 1U);
  EXPECT_EQ(claim().id, 0);
  apply(later, event::Replaced{requested.spec, "other"});
  EXPECT_EQ(claim().id, later);
  const auto third = insert().id;
  apply(third, event::Replaced{requested.spec, "same"});
  EXPECT_EQ(claim().id, 0);
  complete(running);
  EXPECT_EQ(claim().id, third);
}

/// Many duplicates do not slow claims down.
TEST_P(JobStoreSuite, ThousandsOfDuplicatesRunOneAfterTheOther) {
  const int duplicates = amount(300, 5'000);
  for (int n = 0; n < duplicates; ++n) {
    auto requested = request();
    requested.fingerprint = "same";
    insert(requested);
  }
  for (int n = 0; n < duplicates; ++n) {
    const auto jobs = claim(2);
    ASSERT_EQ(jobs.size(), 1U);
    ASSERT_EQ(jobs.front().id, n + 1);
    complete(jobs.front());
  }
  EXPECT_EQ(statistics().in(JobState::succeeded), static_cast<std::uint64_t>(duplicates));
}

}  // namespace convert::conformance
