// SPDX-License-Identifier: MIT
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fmt/format.h>

#include <functional>
#include <utility>

#include "engine/engine_rig.hpp"
#include "support/fault_injection.hpp"
#include "support/test_files.hpp"

namespace convert::test {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using testing::IsEmpty;
using testing::SizeIs;

/// Uses its own clock; only `sweep` does housekeeping.
class Housekeeping : public testing::TestWithParam<Backend> {
 protected:
  EngineOptions options(const Retention& retention) const {
    auto options = rig.options();
    options.retention = retention;
    return options;
  }

  Rig rig{GetParam(), true};
};
ON_EVERY_BACKEND(Housekeeping);

TEST_P(Housekeeping, KeepsEverythingWithoutRetention) {
  Engine engine(options({}));
  ASSERT_TRUE(engine.start());
  const Job job = finish(engine, submit(engine, "a").id);
  rig.clock().forward(hours(24 * 365));
  ASSERT_TRUE(engine.sweep());
  EXPECT_EQ(engine.find(job.id).value().outputs, job.outputs);
  EXPECT_THAT(rig.blobs(), SizeIs(2));
}

TEST_P(Housekeeping, InputsOutputsAndRecordsExpireSeparately) {
  Retention retention;
  retention.inputs = hours(1);
  retention.outputs = hours(2);
  retention.records = hours(3);
  Engine engine(options(retention));
  ASSERT_TRUE(engine.start());
  const Job job = finish(engine, submit(engine, "a").id);
  const Job bad = finish(engine, submit(engine, "bad").id);
  engine.stop(std::chrono::minutes(1));
  const Job waiting = submit(engine, "later");
  EXPECT_THAT(rig.blobs(), SizeIs(4));

  rig.clock().forward(hours(1) + milliseconds(1));
  ASSERT_TRUE(engine.sweep());
  EXPECT_TRUE(engine.find(job.id).value().inputs_expired);
  EXPECT_EQ(engine.open(job.request.inputs.at(0)).error().code, Errc::not_found);
  EXPECT_EQ(content(engine, job.outputs.at(0)), "a->upper");
  EXPECT_EQ(engine.retry(bad.id).error().code, Errc::not_found);
  EXPECT_THAT(rig.blobs(), SizeIs(2));

  rig.clock().forward(hours(1));
  ASSERT_TRUE(engine.sweep());
  EXPECT_TRUE(engine.find(job.id).value().outputs_expired);
  EXPECT_THAT(engine.find(job.id).value().outputs, IsEmpty());
  EXPECT_THAT(rig.blobs(), SizeIs(1));

  rig.clock().forward(hours(1));
  ASSERT_TRUE(engine.sweep());
  EXPECT_EQ(engine.find(job.id).error().code, Errc::not_found);
  EXPECT_EQ(engine.find(bad.id).error().code, Errc::not_found);
  EXPECT_EQ(engine.find(waiting.id).value().state, JobState::queued) << "only what has ended expires";
  EXPECT_THAT(rig.blobs(), SizeIs(1));
}

TEST_P(Housekeeping, DeletesMoreThanOnePageOfRecords) {
  Retention retention;
  retention.records = hours(1);
  Engine engine(options(retention));
  for (int i = 0; i < 1'100; ++i) ASSERT_TRUE(engine.cancel(submit(engine, std::to_string(i)).id));
  rig.clock().forward(hours(2));
  ASSERT_TRUE(engine.sweep());
  EXPECT_THAT(engine.list({}).value(), IsEmpty());
  EXPECT_THAT(rig.blobs(), IsEmpty());
}

TEST_P(Housekeeping, TrimsTheChangeLog) {
  Retention retention;
  retention.changes = hours(1);
  Engine engine(options(retention));
  submit(engine, "a");
  rig.clock().forward(hours(2));
  submit(engine, "b");
  ASSERT_TRUE(engine.sweep());
  EXPECT_THAT(engine.changes(0, 10).value(), SizeIs(1));
}

void put(Storage& storage, const Key& key) {
  auto writer = storage.create(key).value();
  ASSERT_TRUE(writer->write_at(0, bytes("x")));
  ASSERT_TRUE(writer->commit());
}

TEST_P(Housekeeping, DeletesOldOrphans) {
  Engine engine(options({}));
  const Job job = submit(engine, "a");
  auto upload = engine.upload().value();
  ASSERT_TRUE(upload->write(bytes("given up")));
  ASSERT_TRUE(upload->finish("x"));
  put(rig.storage(), "output/77-1-1");
  put(rig.storage(), "theirs/1");
  ASSERT_TRUE(engine.sweep());
  EXPECT_THAT(rig.blobs(), SizeIs(4)) << "they are not an hour old";

  Retention at_once;
  at_once.orphans = milliseconds(0);
  Engine hasty(options(at_once));
  ASSERT_TRUE(hasty.sweep());
  EXPECT_THAT(rig.blobs(), testing::ElementsAre(job.request.inputs.at(0).key, "theirs/1"));
}

TEST_P(Housekeeping, KeepsOutputsOfRunningJobs) {
  Retention at_once;
  at_once.orphans = milliseconds(0);
  Engine engine(options(at_once));
  const Job job = submit(engine, "a");
  const auto claimed = rig.store().claim({"another host", hours(1), 1}).value();
  const Claim claim = claimed.at(0).claim();
  const Key output = fmt::format("output/{}-{}-1", claim.id, claim.token);
  const Key of_a_late_worker = fmt::format("output/{}-{}-1", claim.id, claim.token - 1);
  put(rig.storage(), output);
  put(rig.storage(), of_a_late_worker);
  ASSERT_TRUE(engine.sweep());
  EXPECT_THAT(rig.blobs(), testing::ElementsAre(job.request.inputs.at(0).key, output));

  ASSERT_TRUE(rig.store().apply(claim.id, event::Released{claim.token, {}}));
  ASSERT_TRUE(engine.sweep());
  EXPECT_THAT(rig.blobs(), testing::ElementsAre(job.request.inputs.at(0).key));
}

/// A store in which another engine changes something right after `list` has read the jobs.
class BusyStore : public ChaosStore {
 public:
  using ChaosStore::ChaosStore;
  Result<std::vector<Job>> list(const JobFilter& filter) override {
    auto jobs = ChaosStore::list(filter);
    if (meanwhile_ && jobs && !jobs->empty()) std::exchange(meanwhile_, {})();
    return jobs;
  }
  void meanwhile(std::function<void()> meanwhile) { meanwhile_ = std::move(meanwhile); }

 private:
  std::function<void()> meanwhile_;
};

TEST_P(Housekeeping, DoesNotExpireAJobThatWasRetriedMeanwhile) {
  Retention retention;
  retention.records = hours(1);
  retention.outputs = hours(1);
  auto how = options(retention);
  const auto store = std::make_shared<BusyStore>(rig.shared_store(), 1);
  how.store = store;
  Engine engine(how);
  const Job job = submit(engine, "a");
  ASSERT_TRUE(engine.cancel(job.id));
  rig.clock().forward(hours(2));
  store->meanwhile([&]() { ASSERT_TRUE(engine.retry(job.id)); });
  ASSERT_TRUE(engine.sweep());
  EXPECT_EQ(engine.find(job.id).value().state, JobState::queued);
  EXPECT_THAT(rig.blobs(), SizeIs(1));
}

TEST_P(Housekeeping, DoesNotExpireOutputsThatWereReplacedMeanwhile) {
  Retention retention;
  retention.inputs = hours(1);
  retention.outputs = hours(1);
  auto how = options(retention);
  const auto store = std::make_shared<BusyStore>(rig.shared_store(), 1);
  how.store = store;
  Engine engine(how);
  ASSERT_TRUE(engine.start());
  const Job job = finish(engine, submit(engine, "a").id);
  rig.clock().forward(hours(2));
  OutputSpec other;
  other.format = "lower";
  store->meanwhile([&]() {
    ASSERT_TRUE(engine.replace(job.id, other));
    finish(engine, job.id);
  });
  ASSERT_TRUE(engine.sweep());
  const Job now = engine.find(job.id).value();
  EXPECT_FALSE(now.inputs_expired);
  ASSERT_THAT(now.outputs, SizeIs(1));
  EXPECT_EQ(content(engine, now.outputs.at(0)), "a->lower");
}

TEST_P(Housekeeping, MaximumRetentionKeepsEverything) {
  Retention longest;
  longest.inputs = longest.outputs = longest.records = std::chrono::seconds::max();
  longest.changes = std::chrono::seconds::max();
  longest.orphans = milliseconds::max();
  Engine engine(options(longest));
  ASSERT_TRUE(engine.start());
  const Job job = finish(engine, submit(engine, "a").id);
  put(rig.storage(), "output/77-1-1");
  rig.clock().forward(hours(24 * 365));
  const auto lines = engine.changes(0, 10).value().size();
  ASSERT_TRUE(engine.sweep());
  EXPECT_EQ(engine.find(job.id).value().outputs, job.outputs);
  EXPECT_THAT(rig.blobs(), SizeIs(3));
  EXPECT_THAT(engine.changes(0, 10).value(), SizeIs(lines));
}

TEST_P(Housekeeping, DeletesMoreThanOnePageOfOrphans) {
  Retention at_once;
  at_once.orphans = milliseconds(0);
  Engine engine(options(at_once));
  const Job job = submit(engine, "a");
  for (int i = 0; i < 1'100; ++i) put(rig.storage(), "output/" + std::to_string(i) + "-1-1");
  ASSERT_TRUE(engine.sweep());
  EXPECT_THAT(rig.blobs(), testing::ElementsAre(job.request.inputs.at(0).key));
}

TEST_P(Housekeeping, RunsPeriodicallyInAStartedEngine) {
  Retention retention;
  retention.records = hours(1);
  auto how = options(retention);
  how.cleanup_interval = milliseconds(20);
  Engine engine(how);
  ASSERT_TRUE(engine.start());
  const Job job = finish(engine, submit(engine, "a").id);
  rig.clock().forward(hours(2));
  EXPECT_TRUE(eventually([&]() { return !engine.find(job.id); }));
  EXPECT_TRUE(eventually([&]() { return rig.blobs().empty(); }));
}

}  // namespace
}  // namespace convert::test
