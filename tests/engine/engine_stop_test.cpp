// SPDX-License-Identifier: MIT
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <future>
#include <thread>

#include "engine/engine_rig.hpp"

namespace convert::test {
namespace {

using testing::IsEmpty;
using testing::SizeIs;

class EngineStop : public OnBackend {};
ON_EVERY_BACKEND(EngineStop);

TEST_P(EngineStop, StopCostsNoAttempt) {
  Engine engine(rig.options());
  ASSERT_TRUE(engine.start());
  const Job job = submit(engine, "block");
  ASSERT_TRUE(rig.execution().wait_for_started(1));
  engine.stop();
  const Job stopped = engine.find(job.id).value();
  EXPECT_EQ(stopped.state, JobState::queued);
  EXPECT_EQ(stopped.attempt, 0);
  EXPECT_EQ(stopped.interruptions, 0);
  EXPECT_THAT(rig.blobs(), SizeIs(1)) << "only the input stays";

  rig.execution().unblock();
  ASSERT_TRUE(engine.start());
  EXPECT_EQ(finish(engine, job.id).state, JobState::succeeded);
}

TEST_P(EngineStop, GracePeriodLetsRunningJobsFinish) {
  Engine engine(rig.options());
  ASSERT_TRUE(engine.start());
  const Job job = submit(engine, "block");
  ASSERT_TRUE(rig.execution().wait_for_started(1));
  std::jthread stopper([&]() { engine.stop(std::chrono::minutes(1)); });
  submit(engine, "not any more");
  rig.execution().unblock();
  stopper.join();
  EXPECT_EQ(engine.find(job.id).value().state, JobState::succeeded);
}

TEST_P(EngineStop, AcceptsTheMaximumGracePeriod) {
  Engine engine(rig.options());
  ASSERT_TRUE(engine.start());
  const Job job = submit(engine, "block");
  ASSERT_TRUE(rig.execution().wait_for_started(1));
  auto stopped = std::async(std::launch::async, [&]() { engine.stop(std::chrono::milliseconds::max()); });
  EXPECT_EQ(stopped.wait_for(std::chrono::milliseconds(100)), std::future_status::timeout);
  rig.execution().unblock();
  stopped.get();
  EXPECT_EQ(engine.find(job.id).value().state, JobState::succeeded);
}

TEST_P(EngineStop, StartsNoJobAfterStop) {
  Engine engine(rig.options());
  ASSERT_TRUE(engine.start());
  ASSERT_TRUE(engine.start()) << "a second call is a success";
  engine.stop();
  engine.stop();
  const Job job = submit(engine, "a");
  EXPECT_EQ(engine.find(job.id).value().state, JobState::queued);
  EXPECT_THAT(rig.execution().started(), IsEmpty());
}

TEST_P(EngineStop, DestructorReleasesRunningJobs) {
  JobId id = 0;
  {
    Engine engine(rig.options());
    ASSERT_TRUE(engine.start());
    id = submit(engine, "block").id;
    ASSERT_TRUE(rig.execution().wait_for_started(1));
  }
  EXPECT_EQ(rig.store().find(id).value().state, JobState::queued);
  EXPECT_EQ(rig.store().find(id).value().attempt, 0);
}

TEST_P(EngineStop, MayStopAtAnyTime) {
  for (int i = 0; i < 20; ++i) {
    Engine engine(rig.options());
    ASSERT_TRUE(engine.start());
    for (int n = 0; n < 5; ++n) submit(engine, std::to_string(i) + "-" + std::to_string(n));
    if (i % 2 == 0) engine.stop(std::chrono::milliseconds(i));
  }
  Engine last(rig.options());
  ASSERT_TRUE(last.start());
  JobFilter all;
  all.max = 1000;
  const auto jobs = last.list(all).value();
  for (const Job& job : jobs) EXPECT_EQ(finish(last, job.id).attempt, 0);
  EXPECT_EQ(last.statistics().value().in(JobState::succeeded), 100U);
}

TEST_P(EngineStop, ACallbackMayStopTheEngine) {
  Engine engine(rig.options());
  ASSERT_TRUE(engine.start());
  std::promise<void> stopped;
  const Job job = submit(engine, "a");
  const auto watching = engine.watch(job.id, [&, once = false](const Job& now) mutable {
    if (!ended(now.state) || std::exchange(once, true)) return;
    engine.stop();
    stopped.set_value();
  });
  EXPECT_EQ(stopped.get_future().wait_for(std::chrono::minutes(1)), std::future_status::ready);
}

}  // namespace
}  // namespace convert::test
