// SPDX-License-Identifier: MIT
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <mutex>

#include "engine/engine_rig.hpp"
#include "support/fault_injection.hpp"

namespace convert::test {
namespace {

using testing::Each;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;
using testing::StartsWith;

class JobRunning : public OnBackend {};
ON_EVERY_BACKEND(JobRunning);

TEST_P(JobRunning, FailsABadFileAtOnce) {
  Engine engine(rig.options());
  ASSERT_TRUE(engine.start());
  const Job job = finish(engine, submit(engine, "bad").id);
  EXPECT_EQ(job.state, JobState::failed);
  EXPECT_EQ(job.attempt, 1);
  EXPECT_EQ(job.error->code, Errc::corrupt_input);
  EXPECT_THAT(rig.execution().started(), SizeIs(1));
  engine.stop(std::chrono::seconds(30));
  EXPECT_THAT(rig.blobs(), SizeIs(1)) << "only the input stays";
}

TEST_P(JobRunning, WarnsAboutFailuresNotCausedByTheInput) {
  std::mutex mutex;
  std::vector<LogLine> lines;
  auto options = rig.options();
  options.log = [&](const LogLine& line) {
    const std::lock_guard lock(mutex);
    lines.push_back(line);
  };
  Engine engine(options);
  ASSERT_TRUE(engine.start());
  auto new_request = request();
  new_request.max_attempts = 1;
  const auto level = [&](const std::string& input) {
    const JobId job = finish(engine, submit(engine, input, new_request).id).id;
    const std::lock_guard lock(mutex);
    const auto at = std::find_if(lines.begin(), lines.end(), [&](const LogLine& line) {
      return line.job == job && line.message.starts_with("Attempt 1 failed");
    });
    return at == lines.end() ? std::optional<LogLine::Level>() : at->level;
  };
  EXPECT_EQ(level("bad"), LogLine::Level::info);
  EXPECT_EQ(level("throw"), LogLine::Level::warning);
}

TEST_P(JobRunning, RetriesUntilAttemptsAreExhausted) {
  Engine engine(rig.options());
  ASSERT_TRUE(engine.start());
  auto new_request = request();
  new_request.max_attempts = 3;
  const Job job = finish(engine, submit(engine, "flaky", new_request).id);
  EXPECT_EQ(job.state, JobState::failed);
  EXPECT_EQ(job.attempt, 3);
  EXPECT_EQ(job.error->code, Errc::crashed);
  EXPECT_THAT(rig.execution().started(), SizeIs(3));

  rig.execution().recover();
  EXPECT_EQ(engine.retry(job.id).value().attempt, 0);
  const Job again = finish(engine, job.id);
  EXPECT_EQ(again.state, JobState::succeeded);
  EXPECT_FALSE(again.error);
  engine.stop(std::chrono::seconds(30));
  EXPECT_THAT(rig.blobs(), SizeIs(2));
}

TEST_P(JobRunning, RetriesWaitForTheBackoffDelay) {
  Rig timed(GetParam(), true);
  auto options = timed.options();
  options.retry = {std::chrono::minutes(1), 2, std::chrono::hours(1), 0};
  Engine engine(options);
  ASSERT_TRUE(engine.start());
  const Job job = submit(engine, "flaky");
  ASSERT_TRUE(eventually([&]() { return engine.find(job.id).value().attempt == 1; }));
  EXPECT_EQ(engine.find(job.id).value().not_before, timed.clock().now() + std::chrono::minutes(1));
  timed.clock().forward(std::chrono::minutes(1));
  ASSERT_TRUE(eventually([&]() { return engine.find(job.id).value().attempt == 2; }));
  EXPECT_EQ(engine.find(job.id).value().not_before, timed.clock().now() + std::chrono::minutes(2));
  timed.execution().recover();
  timed.clock().forward(std::chrono::minutes(2));
  EXPECT_EQ(finish(engine, job.id).attempt, 2);
}

TEST_P(JobRunning, AnExceptionFailsOnlyItsJob) {
  Engine engine(rig.options());
  ASSERT_TRUE(engine.start());
  const Job job = finish(engine, submit(engine, "throw").id);
  EXPECT_EQ(job.error->code, Errc::internal);
  EXPECT_THAT(job.error->message, HasSubstr("on purpose"));
  EXPECT_EQ(finish(engine, submit(engine, "fine").id).state, JobState::succeeded);
}

TEST_P(JobRunning, NamesAMissingInput) {
  Engine engine(rig.options());
  const Job job = submit(engine, "a");
  ASSERT_TRUE(rig.storage().remove(job.request.inputs.front().key));
  ASSERT_TRUE(engine.start());
  const Job ended = finish(engine, job.id);
  EXPECT_EQ(ended.state, JobState::failed);
  EXPECT_EQ(ended.error->code, Errc::not_found);
  EXPECT_THAT(ended.error->message, HasSubstr("\"song.low\""));
}

TEST_P(JobRunning, TransientStorageFailuresCostOnlyAttempts) {
  for (const auto call : {StorageCall::open, StorageCall::create, StorageCall::write, StorageCall::commit}) {
    Rig own(GetParam());
    auto chaos = std::make_shared<ChaosStorage>(own.shared_storage(), 1);
    auto options = own.options();
    options.storage = chaos;
    Engine engine(options);
    const Job queued = submit(engine, "a");
    chaos->faults().set(call, {.nth = 1});
    ASSERT_TRUE(engine.start());
    const Job job = finish(engine, queued.id);
    EXPECT_EQ(job.state, JobState::succeeded) << static_cast<int>(call);
    EXPECT_EQ(job.attempt, 1);
    engine.stop(std::chrono::seconds(30));
    EXPECT_THAT(own.blobs(), SizeIs(2));
  }
}

TEST_P(JobRunning, ABusyStoreLosesNoFinishedConversion) {
  for (const bool after : {false, true}) {
    Rig own(GetParam());
    auto chaos = std::make_shared<ChaosStore>(own.shared_store(), 1);
    auto options = own.options();
    options.store = chaos;
    Engine engine(options);
    const Job queued = submit(engine, "a");
    // The first event of the worker is its completion. `after`: it was stored, but the answer was lost.
    chaos->faults().set(StoreCall::apply, {.nth = 1, .after = after});
    ASSERT_TRUE(engine.start());
    const Job job = finish(engine, queued.id);
    EXPECT_EQ(job.state, JobState::succeeded);
    EXPECT_EQ(job.attempt, 0);
    engine.stop(std::chrono::seconds(30));
    EXPECT_THAT(own.execution().started(), SizeIs(1));
    EXPECT_EQ(content(engine, job.outputs.at(0)), "a->upper");
  }
}

TEST_P(JobRunning, TransientStoreFailuresOnlyDelay) {
  auto chaos = std::make_shared<ChaosStore>(rig.shared_store(), 7);
  auto options = rig.options();
  options.store = chaos;
  options.lease_duration = std::chrono::milliseconds(500);
  options.heartbeat_interval = std::chrono::milliseconds(100);
  Engine engine(options);
  std::vector<JobId> ids;
  for (int i = 0; i < 30; ++i) ids.push_back(submit(engine, std::to_string(i)).id);
  chaos->faults().set_all({.share = 0.2});
  ASSERT_TRUE(engine.start());
  for (const JobId id : ids) {
    ASSERT_TRUE(eventually([&]() {
      const auto job = rig.store().find(id);
      return ended(job.value().state);
    }));
    EXPECT_EQ(rig.store().find(id).value().state, JobState::succeeded);
  }
  EXPECT_GT(chaos->faults().injected_count(), 0U);
}

TEST_P(JobRunning, SharesThreadsBetweenJobs) {
  auto options = rig.options();
  options.max_running_jobs = 3;
  options.threads = 6;
  Engine engine(options);
  std::mutex mutex;
  std::vector<unsigned> seen;
  rig.execution().on_step([&](const ConvertOptions& how) {
    const std::scoped_lock lock(mutex);
    seen.push_back(how.threads_now());
  });
  ASSERT_TRUE(engine.start());
  finish(engine, submit(engine, "step alone").id);
  const Job one = submit(engine, "block 1");
  const Job two = submit(engine, "block 2");
  ASSERT_TRUE(rig.execution().wait_for_started(3));
  finish(engine, submit(engine, "step among three").id);
  rig.execution().unblock();
  finish(engine, one.id);
  finish(engine, two.id);
  EXPECT_THAT(seen, testing::ElementsAre(6U, 2U));
}

TEST_P(JobRunning, OutputKeysContainTheToken) {
  Engine engine(rig.options());
  ASSERT_TRUE(engine.start());
  const Job job = finish(engine, submit(engine, "a", request(), "../up/../../x.low").id);
  EXPECT_EQ(job.outputs.at(0).key,
            "output/" + std::to_string(job.id) + "-" + std::to_string(job.token) + "-1");
  EXPECT_THAT(rig.blobs(), Each(testing::AnyOf(StartsWith("input/"), StartsWith("output/"))));
}

TEST_P(JobRunning, RunsEachOfManyJobsOnce) {
  auto options = rig.options();
  options.max_running_jobs = 8;
  Engine engine(options);
  ASSERT_TRUE(engine.start());
  std::vector<JobId> ids;
  for (int i = 0; i < 300; ++i) ids.push_back(submit(engine, "n" + std::to_string(i)).id);
  for (const JobId id : ids) EXPECT_EQ(finish(engine, id).state, JobState::succeeded);
  EXPECT_THAT(rig.execution().started(), SizeIs(ids.size()));
}

}  // namespace
}  // namespace convert::test
