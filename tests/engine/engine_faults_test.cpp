// SPDX-License-Identifier: MIT
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fmt/format.h>

#include "engine/engine_rig.hpp"
#include "support/fault_injection.hpp"

namespace convert::test {
namespace {

using testing::SizeIs;

class EngineFaults : public OnBackend {};
ON_EVERY_BACKEND(EngineFaults);

TEST_P(EngineFaults, FencesAnEngineThatLostItsLease) {
  Rig timed(GetParam(), true);
  // Its heartbeats fail, as if its host were cut off, and its conversion ignores the stop token.
  auto chaos = std::make_shared<ChaosStore>(timed.shared_store(), 1);
  auto options = timed.options();
  options.store = chaos;
  options.sweep_interval = std::chrono::hours(1);
  Engine late(options);
  timed.execution().ignore_stop();
  const Job job = submit(late, "block");
  chaos->faults().set(StoreCall::heartbeat, {.share = 1});
  ASSERT_TRUE(late.start());
  ASSERT_TRUE(timed.execution().wait_for_started(1));

  timed.clock().forward(std::chrono::seconds(11));
  Engine other(timed.options());
  ASSERT_TRUE(other.start());
  ASSERT_TRUE(timed.execution().wait_for_started(2));
  EXPECT_EQ(other.find(job.id).value().interruptions, 1);
  const auto token = other.find(job.id).value().token;
  timed.execution().unblock();
  const Job ended = finish(other, job.id);
  EXPECT_EQ(ended.state, JobState::succeeded);
  EXPECT_EQ(ended.token, token);
  EXPECT_EQ(content(other, ended.outputs.at(0)), "block->upper");
  EXPECT_TRUE(eventually([&]() { return timed.blobs().size() == 2; }))
      << "the late engine deletes its outputs";
}

TEST_P(EngineFaults, RunsAJobAgainAfterItsHostDied) {
  Rig timed(GetParam(), true);
  Engine engine(timed.options());
  const Job job = submit(engine, "a");
  // A worker claims the job and disappears.
  ASSERT_THAT(timed.store().claim({"dead", std::chrono::seconds(10), 1}).value(), SizeIs(1));
  ASSERT_TRUE(engine.start());
  EXPECT_EQ(finish(engine, submit(engine, "b").id).state, JobState::succeeded);
  EXPECT_EQ(engine.find(job.id).value().state, JobState::running);
  timed.clock().forward(std::chrono::seconds(11));
  const Job ended = finish(engine, job.id);
  EXPECT_EQ(ended.state, JobState::succeeded);
  EXPECT_EQ(ended.interruptions, 1);
  EXPECT_EQ(ended.attempt, 0);
}

TEST_P(EngineFaults, SweepFindsJobsThatAQueueLostOrDelayed) {
  const std::uint64_t seed = std::random_device()();
  SCOPED_TRACE(fmt::format("seed {}", seed));
  auto queue = std::make_shared<ChaosQueue>(
      memory_queue(), seed, QueueDisturbances{.lose = 0.4, .twice = 0.3, .reorder = 0.3, .delay = 0.3});
  queue->faults().set(QueueCall::announce, {.share = 0.1});
  queue->faults().set(QueueCall::next, {.share = 0.1});
  auto options = rig.options();
  options.queue = queue;
  Engine engine(options);
  ASSERT_TRUE(engine.start());
  std::vector<JobId> ids;
  for (int i = 0; i < 100; ++i) ids.push_back(submit(engine, fmt::format("n{}", i)).id);
  for (const JobId id : ids) EXPECT_EQ(finish(engine, id).state, JobState::succeeded);
  EXPECT_THAT(rig.execution().started(), SizeIs(ids.size())) << "each once";
  EXPECT_GT(queue->disturbances(), 0U);
}

TEST_P(EngineFaults, TwoEnginesRunEachJobOnce) {
  auto queue = memory_queue();
  auto options = rig.options();
  options.queue = queue;
  Engine one(options);
  Engine two(options);
  ASSERT_TRUE(one.start());
  ASSERT_TRUE(two.start());
  std::vector<JobId> ids;
  for (int i = 0; i < 200; ++i) ids.push_back(submit(i % 2 == 0 ? one : two, fmt::format("n{}", i)).id);
  for (const JobId id : ids) EXPECT_EQ(finish(one, id).state, JobState::succeeded);
  EXPECT_THAT(rig.execution().started(), SizeIs(ids.size()));
}

TEST_P(EngineFaults, RenewsTheLeaseOfALongJob) {
  auto options = rig.options();
  options.lease_duration = std::chrono::seconds(2);  // a disk may take a while to flush
  Engine engine(options);
  Engine other(options);
  ASSERT_TRUE(engine.start());
  ASSERT_TRUE(other.start());
  const Job job = submit(engine, "block");
  ASSERT_TRUE(rig.execution().wait_for_started(1));
  // Two leases later, by the store's clock.
  const Time then = rig.store().now().value() + 2 * options.lease_duration;
  ASSERT_TRUE(eventually([&]() { return rig.store().now().value() > then; }));
  rig.execution().unblock();
  EXPECT_EQ(finish(engine, job.id).interruptions, 0);
  EXPECT_THAT(rig.execution().started(), SizeIs(1));
}

}  // namespace
}  // namespace convert::test
