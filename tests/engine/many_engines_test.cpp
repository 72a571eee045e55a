// SPDX-License-Identifier: MIT
// Engines that share a JobStore: what each asks it, and how they divide the work.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include "engine/engine_rig.hpp"
#include "support/fault_injection.hpp"

namespace convert::test {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using testing::SizeIs;

class ManyEngines : public OnBackend {
 protected:
  std::shared_ptr<ChaosStore> chaos_store() { return std::make_shared<ChaosStore>(rig.shared_store(), 1); }
};
ON_EVERY_BACKEND(ManyEngines);

TEST_P(ManyEngines, OneQueryLooksAfterAllJobsOfAHost) {
  const auto store = chaos_store();
  auto options = rig.options();
  options.store = store;
  options.heartbeat_interval = hours(1);
  Engine engine(options);
  ASSERT_TRUE(engine.start());
  std::vector<JobId> ids;
  for (int i = 0; i < 2; ++i) ids.push_back(submit(engine, "block" + std::to_string(i)).id);
  ASSERT_TRUE(rig.execution().wait_for_started(2));
  const auto find_before = store->faults().calls(StoreCall::find);
  const auto before = store->faults().calls(StoreCall::lost_claims);
  ASSERT_TRUE(eventually([&]() { return store->faults().calls(StoreCall::lost_claims) > before + 3; }));
  EXPECT_EQ(store->faults().calls(StoreCall::find), find_before);

  Engine other(rig.options());
  ASSERT_TRUE(other.cancel(ids[0]));
  ASSERT_TRUE(other.remove(ids[1]));
  for (int i = 2; i < 4; ++i) submit(engine, "block" + std::to_string(i));
  EXPECT_TRUE(rig.execution().wait_for_started(4)) << "their threads are free";
  rig.execution().unblock();
}

TEST_P(ManyEngines, ShortJobsCostNoQuery) {
  const auto store = chaos_store();
  auto options = rig.options();
  options.store = store;
  options.poll_interval = hours(1);
  Engine engine(options);
  ASSERT_TRUE(engine.start());
  for (int i = 0; i < 10; ++i) finish(engine, submit(engine, std::to_string(i)).id);
  EXPECT_EQ(store->faults().calls(StoreCall::lost_claims), 0U);
  EXPECT_EQ(store->faults().calls(StoreCall::statistics), 0U) << "it counts all jobs";
}

TEST_P(ManyEngines, OneEngineCleansUpAndAnotherTakesOver) {
  const std::vector stores{chaos_store(), chaos_store()};
  std::vector<std::unique_ptr<Engine>> engines;
  for (const auto& store : stores) {
    auto options = rig.options();
    options.store = store;
    options.cleanup_interval = milliseconds(5);
    engines.push_back(std::make_unique<Engine>(options));
    ASSERT_TRUE(engines.back()->start());
  }
  const auto elections = [&](std::size_t n) { return stores[n]->faults().calls(StoreCall::elect); };
  const auto cleanups = [&](std::size_t n) { return stores[n]->faults().calls(StoreCall::trim_changes); };
  ASSERT_TRUE(eventually([&]() { return elections(0) > 5 && elections(1) > 5; }));
  ASSERT_TRUE(eventually([&]() { return cleanups(0) + cleanups(1) > 0; }));
  const std::size_t elected = cleanups(0) > 0 ? 0 : 1;
  EXPECT_EQ(cleanups(1 - elected), 0U);
  // An orderly stop gives the work up, long before the lease ends.
  engines[elected].reset();
  EXPECT_TRUE(eventually([&]() { return cleanups(1 - elected) > 0; }));
}

/// Counts the announcements that are taken from it.
class CountingQueue : public Queue {
 public:
  Result<void> announce(JobId id, milliseconds delay) override { return inner_->announce(id, delay); }
  Result<std::optional<JobId>> next(milliseconds wait) override {
    auto id = inner_->next(wait);
    if (id && *id) ++taken_;
    return id;
  }
  void wake() override { inner_->wake(); }
  int taken() const { return taken_; }

 private:
  const std::shared_ptr<Queue> inner_ = memory_queue();
  std::atomic<int> taken_ = 0;
};

TEST_P(ManyEngines, ABacklogStaysVisibleInTheQueue) {
  const auto queue = std::make_shared<CountingQueue>();
  auto options = rig.options();
  options.queue = queue;
  options.max_running_jobs = 2;
  Engine engine(options);
  ASSERT_TRUE(engine.start());
  std::vector<JobId> ids;
  for (int i = 0; i < 2; ++i) ids.push_back(submit(engine, "block" + std::to_string(i)).id);
  ASSERT_TRUE(rig.execution().wait_for_started(2));
  for (int i = 0; i < 20; ++i) ids.push_back(submit(engine, std::to_string(i)).id);
  // Sweeps pass: a busy engine takes nothing.
  const auto before = rig.store().now().value();
  ASSERT_TRUE(eventually([&]() { return rig.store().now().value() > before + 5 * options.sweep_interval; }));
  EXPECT_LE(queue->taken(), 4) << "two that it runs, and two that it may have waited for";
  rig.execution().unblock();
  for (const JobId id : ids) EXPECT_EQ(finish(engine, id).state, JobState::succeeded);
  EXPECT_TRUE(eventually([&]() { return queue->taken() == 22; })) << "an idle engine takes the others";
}

TEST_P(ManyEngines, KeepsTheInputsOfAJobThatMayHaveBeenRecorded) {
  const auto store = chaos_store();
  auto options = rig.options();
  options.store = store;
  Engine engine(options);
  for (const bool after : {true, false}) {
    Fault lost;
    lost.nth = 1;
    lost.after = after;
    lost.error = {Errc::unavailable, "The connection was lost.", true};
    store->faults().set(StoreCall::insert, lost);
    const auto job = try_submit(engine, after ? "recorded" : "not recorded");
    ASSERT_FALSE(job);
    EXPECT_TRUE(may_be_recorded(job.error().code));
  }
  EXPECT_THAT(rig.blobs(), SizeIs(2));
  const auto recorded = engine.list({}).value();
  ASSERT_THAT(recorded, SizeIs(1));
  ASSERT_TRUE(engine.start());
  EXPECT_EQ(finish(engine, recorded[0].id).state, JobState::succeeded);
  EXPECT_EQ(rig.execution().started(), std::vector<std::string>{"recorded"});
}

TEST_P(ManyEngines, DiscardsTheInputsOfAJobThatWasRefused) {
  Engine engine(rig.options());
  auto requested = request();
  requested.unique_key = "once";
  submit(engine, "a", requested);
  EXPECT_EQ(try_submit(engine, "b", requested).error().code, Errc::conflict);
  EXPECT_THAT(rig.blobs(), SizeIs(1));
}

TEST_P(ManyEngines, AnEngineWithoutAnExecutionKnowsTheFormatsOfTheOthers) {
  auto options = rig.options();
  options.execution = nullptr;
  options.formats = rig.execution().formats();
  Engine engine(options);
  EXPECT_TRUE(engine.backends_ready());
  OutputSpec spec;
  spec.format = "up";
  EXPECT_EQ(engine.check_spec(spec).value().format, "upper");
  spec.format = "nothing";
  EXPECT_EQ(engine.check_spec(spec).error().code, Errc::unsupported);
}

}  // namespace
}  // namespace convert::test
