// SPDX-License-Identifier: MIT
#pragma once

#include "conformance/job_store/job_store_fixture.hpp"

/// Leases, heartbeats and clock changes.
namespace convert::conformance {

using namespace std::chrono_literals;

TEST_P(JobStoreSuite, ALeaseEndsAfterItsLength) {
  const auto job = running();
  clock().step(9'999ms);
  EXPECT_TRUE(expect_ok(store().expire_leases(10)).empty());
  clock().step(2ms);
  const auto interrupted = expect_ok(store().expire_leases(10));
  ASSERT_EQ(interrupted.size(), 1U);
  auto expected = *apply_event(job, event::Interrupted{job.token}, clock().now());
  expected.job.revision = next_revision(interrupted.front(), job.revision);
  EXPECT_EQ(describe(interrupted.front()), describe(expected.job));
  EXPECT_EQ(describe(find(job.id)), describe(expected.job));
  EXPECT_EQ(log().back().kind, ChangeKind::interrupted);
  EXPECT_TRUE(expect_ok(store().expire_leases(10)).empty());
  EXPECT_EQ(claim().id, job.id);
}

TEST_P(JobStoreSuite, ALeaseHasTheRequestedLength) {
  insert();
  insert();
  claim(1, 500ms);
  claim(1, 60s);
  clock().step(501ms);
  EXPECT_EQ(expect_ok(store().expire_leases(10)).size(), 1U);
  clock().step(59s);
  EXPECT_EQ(expect_ok(store().expire_leases(10)).size(), 0U);
  clock().step(1s);
  EXPECT_EQ(expect_ok(store().expire_leases(10)).size(), 1U);
}

TEST_P(JobStoreSuite, ExpireInterruptsAtMostMaxJobs) {
  for (int n = 0; n < 5; ++n) insert();
  claim(5);
  clock().step(11s);
  EXPECT_EQ(expect_ok(store().expire_leases(0)).size(), 0U);
  EXPECT_EQ(expect_ok(store().expire_leases(3)).size(), 3U);
  EXPECT_EQ(expect_ok(store().expire_leases(3)).size(), 2U);
  EXPECT_EQ(statistics().in(JobState::queued), 5U);
}

TEST_P(JobStoreSuite, AHeartbeatRenewsTheLeaseAndStoresTheProgress) {
  const auto job = running();
  for (int n = 1; n <= 5; ++n) {
    clock().step(9s);
    const ClaimHeartbeat beat{job.claim(), n / 10.0};
    EXPECT_TRUE(expect_ok(store().heartbeat({&beat, 1}, 10s)).empty());
    EXPECT_TRUE(expect_ok(store().expire_leases(10)).empty());
    EXPECT_EQ(find(job.id).progress, n / 10.0);
  }
  auto expected = job;
  expected.progress = 0.5;
  EXPECT_EQ(describe(find(job.id)), describe(expected))
      << "a heartbeat changes nothing else and is not logged";
  EXPECT_EQ(statistics().revision, job.revision);
  open_again();
  clock().step(9'999ms);
  EXPECT_TRUE(expect_ok(store().expire_leases(10)).empty());
  clock().step(2ms);
  EXPECT_EQ(expect_ok(store().expire_leases(10)).size(), 1U);
}

TEST_P(JobStoreSuite, AHeartbeatBeforeTheSweepKeepsTheClaim) {
  const auto job = running();
  clock().step(1h);
  const ClaimHeartbeat beat{job.claim(), 0};
  EXPECT_TRUE(expect_ok(store().heartbeat({&beat, 1}, 10s)).empty());
  EXPECT_TRUE(expect_ok(store().expire_leases(10)).empty());
}

TEST_P(JobStoreSuite, AHeartbeatReturnsEveryLostClaim) {
  std::vector<Job> jobs;
  for (int n = 0; n < 6; ++n) insert();
  jobs = claim(6);
  ASSERT_EQ(jobs.size(), 6U);
  OutputSpec spec;
  spec.format = "ogg";
  apply(jobs[0].id, event::Cancelled{});
  apply(jobs[1].id, event::Replaced{spec, ""});
  expect_ok(store().remove(jobs[2].id));
  complete(jobs[3]);
  apply(jobs[1].id, event::Cancelled{});
  std::vector<ClaimHeartbeat> heartbeats;
  for (const auto& job : jobs) heartbeats.push_back({job.claim(), 0.25});
  heartbeats.push_back({{jobs[4].id, jobs[4].token + 1}, 0.9});
  heartbeats.push_back({{12'345, 1}, 0});
  const auto lost = expect_ok(store().heartbeat(heartbeats, 10s));
  EXPECT_THAT(lost, testing::UnorderedElementsAre(jobs[0].claim(), jobs[1].claim(), jobs[2].claim(),
                                                  jobs[3].claim(), heartbeats[6].claim, heartbeats[7].claim));
  EXPECT_EQ(find(jobs[4].id).progress, 0.25);
  EXPECT_EQ(find(jobs[5].id).progress, 0.25);
  EXPECT_TRUE(expect_ok(store().heartbeat({}, 10s)).empty());
}

TEST_P(JobStoreSuite, LostClaimsAreThoseThatAHeartbeatReports) {
  EXPECT_TRUE(expect_ok(store().lost_claims({})).empty());
  for (int n = 0; n < 5; ++n) insert();
  const auto jobs = claim(5);
  ASSERT_EQ(jobs.size(), 5U);
  std::vector<Claim> claims;
  for (const auto& job : jobs) claims.push_back(job.claim());
  EXPECT_TRUE(expect_ok(store().lost_claims(claims)).empty());
  OutputSpec spec;
  spec.format = "ogg";
  apply(jobs[0].id, event::Cancelled{});
  apply(jobs[1].id, event::Replaced{spec, ""});
  expect_ok(store().remove(jobs[2].id));
  complete(jobs[3]);
  claims.push_back({jobs[4].id, jobs[4].token + 1});
  claims.push_back({12'345, 1});
  EXPECT_THAT(
      expect_ok(store().lost_claims(claims)),
      testing::UnorderedElementsAre(claims[0], claims[1], claims[2], claims[3], claims[5], claims[6]));
  // A lease that has expired is lost only when the job is interrupted, and it was not renewed here.
  clock().step(10'001ms);
  EXPECT_TRUE(expect_ok(store().lost_claims({&claims[4], 1})).empty());
  EXPECT_EQ(ids(expect_ok(store().expire_leases(10))), std::vector<JobId>{jobs[4].id});
  EXPECT_THAT(expect_ok(store().lost_claims({&claims[4], 1})), testing::ElementsAre(claims[4]));
}

TEST_P(JobStoreSuite, ProgressIsClamped) {
  const auto job = running();
  for (const auto& [reported, stored] : {std::pair{-1.0, 0.0}, {2.0, 1.0}, {0.125, 0.125}}) {
    const ClaimHeartbeat beat{job.claim(), reported};
    expect_ok(store().heartbeat({&beat, 1}, 10s));
    EXPECT_EQ(find(job.id).progress, stored);
  }
  const ClaimHeartbeat beat{job.claim(), std::numeric_limits<double>::quiet_NaN()};
  expect_ok(store().heartbeat({&beat, 1}, 10s));
  EXPECT_EQ(find(job.id).progress, 0);
}

TEST_P(JobStoreSuite, ProgressRestartsWithTheJob) {
  const auto job = running();
  const ClaimHeartbeat beat{job.claim(), 0.5};
  expect_ok(store().heartbeat({&beat, 1}, 10s));
  EXPECT_EQ(apply(job.id, event::Released{job.token, 0ms}).job.progress, 0);
  EXPECT_EQ(claim().progress, 0);
}

TEST_P(JobStoreSuite, AClockSetForwardInterruptsRunningJobsOnce) {
  const auto job = running();
  clock().step(24h);
  EXPECT_EQ(expect_ok(store().expire_leases(10)).size(), 1U);
  EXPECT_EQ(find(job.id).attempt, 0);
  EXPECT_ERROR(store().apply(job.id, event::Completed{job.token, {}, {}}), Errc::conflict);
  complete(claim());
  EXPECT_EQ(find(job.id).state, JobState::succeeded);
}

TEST_P(JobStoreSuite, AClockSetBackDoesNotKeepALeaseOfADeadWorker) {
  const auto job = running();
  clock().step(-10s);
  EXPECT_TRUE(expect_ok(store().expire_leases(10)).empty()) << "by no more than its length";
  clock().step(-1ms);
  EXPECT_EQ(expect_ok(store().expire_leases(10)).size(), 1U)
      << "renewed in the future, by more than its length";
  EXPECT_EQ(find(job.id).state, JobState::queued);
  EXPECT_EQ(claim().id, job.id);
}

TEST_P(JobStoreSuite, AClockThatJumpsKeepsLeasesThatAreRenewed) {
  const auto job = running();
  for (const milliseconds jump :
       {milliseconds(1h), milliseconds(-2h), milliseconds(48h), milliseconds(-100h)}) {
    clock().step(jump);
    const ClaimHeartbeat beat{job.claim(), 0.5};
    EXPECT_TRUE(expect_ok(store().heartbeat({&beat, 1}, 10s)).empty());
    EXPECT_TRUE(expect_ok(store().expire_leases(10)).empty());
  }
  EXPECT_EQ(complete(job).state, JobState::succeeded);
}

TEST_P(JobStoreSuite, AJobFailsAfterTooManyInterruptions) {
  auto requested = request();
  requested.max_interruptions = 2;
  const auto id = insert(requested).id;
  for (int n = 1; n <= 3; ++n) {
    ASSERT_EQ(claim().id, id);
    clock().step(11s);
    const auto interrupted = expect_ok(store().expire_leases(10));
    ASSERT_EQ(interrupted.size(), 1U);
    EXPECT_EQ(interrupted.front().interruptions, n);
    EXPECT_EQ(interrupted.front().state, n <= 2 ? JobState::queued : JobState::failed);
  }
  ASSERT_TRUE(find(id).error);
  EXPECT_GT(find(id).error->message.size(), 20U);
  EXPECT_EQ(claim().id, 0);
}

TEST_P(JobStoreSuite, OneHostAtATimeIsElected) {
  EXPECT_TRUE(expect_ok(store().elect("sweep", "a", 10s)));
  EXPECT_FALSE(expect_ok(store().elect("sweep", "b", 10s)));
  EXPECT_TRUE(expect_ok(store().elect("other work", "b", 10s)));
  clock().step(9s);
  EXPECT_TRUE(expect_ok(store().elect("sweep", "a", 10s))) << "it keeps the role";
  clock().step(9s);
  EXPECT_FALSE(expect_ok(store().elect("sweep", "b", 10s)));
  clock().step(1s);
  EXPECT_TRUE(expect_ok(store().elect("sweep", "b", 10s))) << "its lease has ended";
  EXPECT_FALSE(expect_ok(store().elect("sweep", "a", 10s)));
  EXPECT_FALSE(expect_ok(store().elect("sweep", "a", 0s))) << "it has nothing to give up";
  EXPECT_FALSE(expect_ok(store().elect("sweep", "a", 10s)));
  EXPECT_FALSE(expect_ok(store().elect("sweep", "b", 0s))) << "it gives up";
  EXPECT_TRUE(expect_ok(store().elect("sweep", "a", 10s)));
}

TEST_P(JobStoreSuite, AClockSetBackDoesNotKeepTheRoleOfADeadHost) {
  EXPECT_TRUE(expect_ok(store().elect("sweep", "a", 10s)));
  clock().step(-1h);
  EXPECT_TRUE(expect_ok(store().elect("sweep", "b", 10s)));
}

TEST_P(JobStoreSuite, ReportsThatItIsReady) { EXPECT_TRUE(store().ready()); }

TEST_P(JobStoreSuite, NowReturnsTheTimeOfTheClock) {
  EXPECT_EQ(store().now().value(), clock().now());
  clock().step(-5s);
  EXPECT_EQ(store().now().value(), clock().now());
}

}  // namespace convert::conformance
