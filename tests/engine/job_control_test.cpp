// SPDX-License-Identifier: MIT
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "engine/engine_rig.hpp"

namespace convert::test {
namespace {

using testing::IsEmpty;
using testing::SizeIs;

OutputSpec lower() {
  OutputSpec spec;
  spec.format = "lower";
  return spec;
}

class JobControl : public OnBackend {};
ON_EVERY_BACKEND(JobControl);

TEST_P(JobControl, CancelsAQueuedJob) {
  Engine engine(rig.options());
  const Job job = submit(engine, "a");
  EXPECT_EQ(engine.cancel(job.id).value().state, JobState::cancelled);
  EXPECT_TRUE(engine.cancel(job.id)) << "cancelling twice is no error";
  ASSERT_TRUE(engine.start());
  EXPECT_EQ(finish(engine, job.id).state, JobState::cancelled);
  ASSERT_TRUE(engine.retry(job.id));
  EXPECT_EQ(finish(engine, job.id).state, JobState::succeeded);
  EXPECT_EQ(engine.cancel(job.id).error().code, Errc::conflict);
  EXPECT_EQ(engine.retry(job.id).error().code, Errc::conflict);
  EXPECT_EQ(engine.cancel(99).error().code, Errc::not_found);
}

TEST_P(JobControl, CancelsARunningJob) {
  Engine engine(rig.options());
  ASSERT_TRUE(engine.start());
  const Job job = submit(engine, "block");
  ASSERT_TRUE(rig.execution().wait_for_started(1));
  EXPECT_EQ(engine.cancel(job.id).value().state, JobState::cancelled);
  EXPECT_TRUE(eventually([&]() { return rig.blobs().size() == 1; })) << "its output is dropped";
  EXPECT_EQ(engine.find(job.id).value().state, JobState::cancelled);
}

TEST_P(JobControl, CancelsAJobOfAnotherEngine) {
  auto options = rig.options();
  options.max_running_jobs = 1;
  Engine runner(options);
  ASSERT_TRUE(runner.start());
  Engine other(rig.options());
  const Job job = submit(other, "block");
  ASSERT_TRUE(rig.execution().wait_for_started(1));
  ASSERT_TRUE(other.cancel(job.id));
  EXPECT_TRUE(eventually([&]() { return rig.blobs().size() == 1; })) << "the other engine stops it";
  const Job next = submit(other, "a");
  EXPECT_EQ(finish(other, next.id).state, JobState::succeeded) << "its thread is idle again";
}

TEST_P(JobControl, CancellationByAnotherEngineDoesNotWaitForTheHeartbeat) {
  auto options = rig.options();
  options.lease_duration = std::chrono::hours(3);
  options.heartbeat_interval = std::chrono::hours(1);
  Engine runner(options);
  ASSERT_TRUE(runner.start());
  Engine other(rig.options());
  const Job job = submit(other, "block");
  ASSERT_TRUE(rig.execution().wait_for_started(1));
  ASSERT_TRUE(other.cancel(job.id));
  EXPECT_TRUE(eventually([&]() { return rig.blobs().size() == 1; })) << "its output is dropped";
  ASSERT_TRUE(other.retry(job.id));
  ASSERT_TRUE(eventually([&]() { return other.find(job.id).value().state == JobState::running; }));
  ASSERT_TRUE(rig.execution().wait_for_started(2));
  ASSERT_TRUE(other.remove(job.id));
  EXPECT_TRUE(eventually([&]() { return rig.blobs().empty(); }));
}

TEST_P(JobControl, ReplacesAFinishedJob) {
  Engine engine(rig.options());
  ASSERT_TRUE(engine.start());
  const Job job = finish(engine, submit(engine, "a").id);
  EXPECT_EQ(engine.replace(job.id, lower()).value().state, JobState::queued);
  const Job again = finish(engine, job.id);
  EXPECT_EQ(content(engine, again.outputs.at(0)), "a->lower");
  EXPECT_EQ(engine.open(job.outputs.at(0)).error().code, Errc::not_found);
  EXPECT_THAT(rig.blobs(), SizeIs(2));
  OutputSpec wrong;
  wrong.format = "mp9";
  EXPECT_EQ(engine.replace(job.id, wrong).error().code, Errc::unsupported);
  EXPECT_EQ(engine.replace(99, lower()).error().code, Errc::not_found);
}

TEST_P(JobControl, ReplacesARunningJob) {
  Engine engine(rig.options());
  ASSERT_TRUE(engine.start());
  const Job job = submit(engine, "block");
  ASSERT_TRUE(rig.execution().wait_for_started(1));
  ASSERT_TRUE(engine.replace(job.id, lower()));
  ASSERT_TRUE(rig.execution().wait_for_started(2));
  rig.execution().unblock();
  const Job ended = finish(engine, job.id);
  EXPECT_EQ(content(engine, ended.outputs.at(0)), "block->lower");
  EXPECT_TRUE(eventually([&]() { return rig.blobs().size() == 2; }));
}

TEST_P(JobControl, RemovesARunningJob) {
  Engine engine(rig.options());
  ASSERT_TRUE(engine.start());
  const Job job = submit(engine, "block");
  ASSERT_TRUE(rig.execution().wait_for_started(1));
  ASSERT_TRUE(engine.remove(job.id));
  EXPECT_EQ(engine.find(job.id).error().code, Errc::not_found);
  EXPECT_EQ(engine.remove(job.id).error().code, Errc::not_found);
  EXPECT_TRUE(eventually([&]() { return rig.blobs().empty(); }));
}

TEST_P(JobControl, RemovesAJobOfAnotherEngine) {
  Engine runner(rig.options());
  ASSERT_TRUE(runner.start());
  Engine other(rig.options());
  const Job job = submit(other, "block");
  ASSERT_TRUE(rig.execution().wait_for_started(1));
  ASSERT_TRUE(other.remove(job.id));
  EXPECT_TRUE(eventually([&]() { return rig.blobs().empty(); }));
}

TEST_P(JobControl, RemovesAFinishedJob) {
  Engine engine(rig.options());
  ASSERT_TRUE(engine.start());
  const Job job = finish(engine, submit(engine, "a").id);
  ASSERT_TRUE(engine.remove(job.id));
  EXPECT_THAT(rig.blobs(), IsEmpty());
}

}  // namespace
}  // namespace convert::test
