// SPDX-License-Identifier: MIT
// Two hosts change the same jobs: each order of their statements is forced, at each lock.
#include <cstdlib>
#include <stdexcept>

#include "unit/job_store/postgresql/postgresql_job_store_fixture.hpp"

namespace convert::job_store::pg {
namespace {

using namespace std::chrono_literals;
using postgresql::Connection;
using postgresql::Outcome;

using InterleavingTest = PostgresqlJobStoreTest;

// Claims.

TEST_F(InterleavingTest, AClaimSkipsWhatAnotherClaimHasLocked) {
  const auto first = insert();
  const auto second = insert();
  auto other = connect();
  other->begin();
  EXPECT_EQ(claim_in(*other), std::vector{first});
  EXPECT_EQ(ids(claim(*store_)), std::vector{second});  // does not wait
  EXPECT_TRUE(claim(*store_).empty());
  EXPECT_EQ(other->commit(), Outcome::committed);
  EXPECT_TRUE(claim(*store_).empty());
}

TEST_F(InterleavingTest, AClaimThatIsRolledBackLosesNothing) {
  const auto id = insert();
  auto other = connect();
  other->begin();
  EXPECT_EQ(claim_in(*other), std::vector{id});
  EXPECT_TRUE(claim(*store_).empty());
  other->roll_back();
  const auto jobs = claim(*store_);
  ASSERT_EQ(ids(jobs), std::vector{id});
  EXPECT_EQ(jobs.front().token, 1);
}

/// Each of several claimers misses the others' claims.
TEST_F(InterleavingTest, OwnersDifferByAtMostTheNumberOfClaimers) {
  constexpr int kClaimers = 3;
  for (int n = 0; n < 10; ++n) {
    for (const auto* owner : {"ann", "ben", "cho"}) insert(request(owner));
  }
  std::vector<std::unique_ptr<Connection>> claimers;
  for (int n = 0; n < kClaimers; ++n) {
    claimers.push_back(connect());
    claimers.back()->begin();
    EXPECT_EQ(claim_in(*claimers.back()).size(), 1U);
  }
  for (auto& claimer : claimers) EXPECT_EQ(claimer->commit(), Outcome::committed);
  const auto running = [&](const std::string& owner) {
    return std::stoi(sql("SELECT count(*) FROM leases WHERE owner = '" + owner + "'"));
  };
  EXPECT_LE(std::abs(running("ann") - running("ben")), kClaimers);
  EXPECT_LE(std::abs(running("ann") - running("cho")), kClaimers);
  EXPECT_EQ(claim(*store_, 9).size(), 9U);
  for (const auto* owner : {"ann", "ben", "cho"}) EXPECT_EQ(running(owner), 4) << owner;
}

TEST_F(InterleavingTest, OneOfTwoDuplicatesIsClaimed) {
  const auto first = insert(request("ann", "same"));
  const auto second = insert(request("ann", "same"));
  auto other = connect();
  other->begin();
  EXPECT_EQ(claim_in(*other), std::vector{first});
  auto claimed = start_blocked([this] { return claim(*store_); });
  EXPECT_EQ(other->commit(), Outcome::committed);
  EXPECT_TRUE(claimed.get().empty());
  EXPECT_TRUE(claim(*store_).empty());
  test::must(store_->apply(first, event::Cancelled{}));
  EXPECT_EQ(ids(claim(*store_)), std::vector{second});
}

TEST_F(InterleavingTest, TheOtherDuplicateIsClaimedIfTheFirstClaimIsRolledBack) {
  insert(request("ann", "same"));
  const auto second = insert(request("ann", "same"));
  auto other = connect();
  other->begin();
  claim_in(*other);
  auto claimed = start_blocked([this] { return claim(*store_); });
  other->roll_back();
  EXPECT_EQ(ids(claimed.get()), std::vector{second});
}

// A job is put aside since its duplicate runs, which ends at that moment.

TEST_F(InterleavingTest, ADuplicateEndsBeforeAnotherJobIsPutAside) {
  insert(request("ann", "same"));
  const auto second = insert(request("ann", "same"));
  const auto running = claim(*store_).front();
  StatementHook hook;
  const auto other = open(&hook);
  hook.before(kPutAside, [&] { complete(*store_, running); });
  EXPECT_EQ(ids(claim(*other)), std::vector{second});
  EXPECT_TRUE(hook.reached());
}

TEST_F(InterleavingTest, ADuplicateEndsWhileAnotherJobIsPutAside) {
  insert(request("ann", "same"));
  const auto second = insert(request("ann", "same"));
  const auto running = claim(*store_).front();
  auto other = connect();
  other->begin();
  other->post(kPutAside, std::vector<std::int64_t>{second}, std::vector<std::string>{"same"});
  ASSERT_TRUE(other->flush());
  auto completed = start_blocked([&] { return complete(*store_, running); });
  EXPECT_EQ(other->commit(), Outcome::committed);
  EXPECT_EQ(completed.get().state, JobState::succeeded);
  EXPECT_EQ(sql("SELECT place FROM queue"), "1") << "released by the one that ended";
  EXPECT_EQ(ids(claim(*store_)), std::vector{second});
}

TEST_F(InterleavingTest, TheSweepReleasesAJobWhoseDuplicateEndedUnseen) {
  insert(request("ann", "same"));
  const auto second = insert(request("ann", "same"));
  const auto running = claim(*store_).front();
  EXPECT_TRUE(claim(*store_).empty());  // puts the second one aside
  EXPECT_EQ(sql("SELECT place FROM queue"), "3");
  StatementHook hook;
  const auto dying = open(&hook);
  hook.before(kReleaseDuplicates, [] { throw std::runtime_error("the host dies"); });
  EXPECT_THROW(static_cast<void>(dying->apply(running.id, event::Cancelled{})), std::runtime_error);
  EXPECT_EQ(sql("SELECT place FROM queue"), "3");
  EXPECT_TRUE(test::must(store_->expire_leases(100)).empty());
  EXPECT_EQ(ids(claim(*store_)), std::vector{second});
}

// Two events for one job.

TEST_F(InterleavingTest, AJobIsClaimedWhileItIsCancelled) {
  const auto id = insert();
  StatementHook hook;
  const auto other = open(&hook);
  Job claimed;
  hook.before(kMoveJobs, [&] { claimed = claim(*store_).front(); });
  const auto cancelled = test::must(other->apply(id, event::Cancelled{}));
  EXPECT_EQ(cancelled.job.state, JobState::cancelled);
  EXPECT_EQ(cancelled.job.token, 1);
  const Claim lost = claimed.claim();
  EXPECT_EQ(test::must(store_->lost_claims({&lost, 1})), std::vector{lost});
}

TEST_F(InterleavingTest, ACancellationWaitsForAClaim) {
  const auto id = insert();
  auto other = connect();
  other->begin();
  EXPECT_EQ(claim_in(*other), std::vector{id});
  auto cancelled = start_blocked([&] { return test::must(store_->apply(id, event::Cancelled{})); });
  EXPECT_EQ(other->commit(), Outcome::committed);
  EXPECT_EQ(cancelled.get().job.token, 1);
  EXPECT_EQ(sql("SELECT count(*) FROM leases"), "0");
}

TEST_F(InterleavingTest, AJobIsCancelledWhileItIsCompleted) {
  const auto id = insert();
  StatementHook hook;
  const auto worker = open(&hook);
  const auto running = claim(*worker).front();
  hook.before(kEndJobs, [&] { test::must(store_->apply(id, event::Cancelled{})); });
  const auto completed = worker->apply(id, event::Completed{running.token, {}, {}});
  ASSERT_FALSE(completed);
  EXPECT_EQ(completed.error().code, Errc::conflict);
  EXPECT_EQ(test::must(store_->find(id)).state, JobState::cancelled);
}

TEST_F(InterleavingTest, ALeaseIsRenewedWhileItExpires) {
  const auto id = insert();
  const auto running = test::must(store_->claim({"worker", 1ms, 1})).front();
  ASSERT_EQ(running.id, id);
  StatementHook hook;
  const auto sweeper = open(&hook);
  const ClaimHeartbeat beat{running.claim(), 0.5};
  hook.before(kMoveJobs, [&] { EXPECT_TRUE(test::must(store_->heartbeat({&beat, 1}, 5min)).empty()); });
  const auto expired = [&] { return test::must(sweeper->expire_leases(10)); };
  EXPECT_TRUE(test::eventually(kPatience, [&] {
    EXPECT_TRUE(expired().empty());
    return hook.reached();
  }));
  EXPECT_EQ(complete(*store_, running).state, JobState::succeeded);
}

TEST_F(InterleavingTest, TwoSweepsInterruptAJobOnce) {
  insert();
  ASSERT_EQ(test::must(store_->claim({"worker", 1ms, 1})).size(), 1U);
  StatementHook hook;
  const auto other = open(&hook);
  std::size_t interrupted = 0;
  hook.before(kMoveJobs, [&] { interrupted += test::must(store_->expire_leases(10)).size(); });
  EXPECT_TRUE(test::eventually(kPatience, [&] {
    interrupted += test::must(other->expire_leases(10)).size();
    return interrupted > 0;
  }));
  EXPECT_EQ(interrupted, 1U);
  EXPECT_EQ(sql("SELECT interruptions FROM queue"), "1");
}

TEST_F(InterleavingTest, AJobIsRemovedWhileItIsReplaced) {
  const auto id = insert();
  StatementHook hook;
  const auto other = open(&hook);
  OutputSpec spec;
  spec.format = "ogg";
  hook.before(kMoveJobs, [&] { test::must(store_->remove(id)); });
  const auto replaced = other->apply(id, event::Replaced{spec, ""});
  ASSERT_FALSE(replaced);
  EXPECT_EQ(replaced.error().code, Errc::not_found);
  EXPECT_EQ(sql("SELECT count(*) FROM queue"), "0");
}

// Two inserts.

TEST_F(InterleavingTest, OfTwoInsertsWithOneUniqueKeyOneIsAConflict) {
  auto requested = request();
  requested.unique_key = "once";
  auto other = connect();
  other->begin();
  EXPECT_GT(insert_in(*other, requested), 0);
  auto second = request();
  second.unique_key = "once";
  auto inserted = start_blocked([&] { return store_->insert(second); });
  EXPECT_EQ(other->commit(), Outcome::committed);
  const auto answer = inserted.get();
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().code, Errc::conflict);
}

TEST_F(InterleavingTest, AnInsertWaitsForAUniqueKeyThatIsRolledBack) {
  auto requested = request();
  requested.unique_key = "once";
  auto other = connect();
  other->begin();
  insert_in(*other, requested);
  auto second = request();
  second.unique_key = "once";
  auto inserted = start_blocked([&] { return store_->insert(second); });
  other->roll_back();
  EXPECT_TRUE(inserted.get());
}

TEST_F(InterleavingTest, OfTwoInsertsWithOneInputOneIsAConflict) {
  const auto requested = request();
  auto other = connect();
  other->begin();
  EXPECT_GT(insert_in(*other, requested), 0);
  auto inserted = start_blocked([&] { return store_->insert(requested); });
  EXPECT_EQ(other->commit(), Outcome::committed);
  const auto answer = inserted.get();
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().code, Errc::conflict);
  EXPECT_EQ(sql("SELECT count(*) FROM jobs"), "1");
}

}  // namespace
}  // namespace convert::job_store::pg
