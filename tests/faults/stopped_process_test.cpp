// SPDX-License-Identifier: MIT
// Engines and workers that are stopped beyond their lease and continued, and engines that share a store.
#include <fmt/format.h>
#include <signal.h>

#include <gmock/gmock.h>

#include "faults/child_engine.hpp"
#include "faults/job_history.hpp"
#include "faults/workload.hpp"
#include "support/audio_samples.hpp"
#include "support/processes.hpp"
#include "support/shell_command.hpp"
#include "support/test_files.hpp"
#include "support/test_helpers.hpp"

namespace convert::test {
namespace {

using std::chrono::seconds;
using testing::IsEmpty;

std::string submit_command(const EngineFolder& engine_folder, const std::string& key, double length) {
  const auto input = engine_folder.add_input(key + ".wav", wav(length, 1));
  return fmt::format("submit {} someone {} format=mp3", key, input.string());
}

std::string submit(ChildEngine& engine, const EngineFolder& engine_folder, const std::string& key,
                   double length) {
  return engine.request(submit_command(engine_folder, key, length)).value_or(EngineReply{}).text;
}

/// A process that is stopped in a transaction blocks an SQLite file for others. This test is not about that:
/// continues the process until it stops outside of a transaction.
void leave_store_open(const ChildEngine& stopped, const EngineFolder& engine_folder) {
  SqliteOptions options;
  options.durability = Durability::process;
  options.busy_timeout = std::chrono::milliseconds(50);
  const auto store = must(sqlite_job_store(engine_folder.folder() / "jobs.db", options));
  ASSERT_TRUE(eventually(kDeadline, [&] {
    const bool writable = store->trim_changes(Time{}).has_value();
    if (!writable) stopped.signal(SIGCONT);
    return writable;
  }));
}

/// `first` is stopped while it runs a job that `second` publishes. Then `first` continues.
class StoppedEngine : public testing::TestWithParam<std::string> {};

TEST_P(StoppedEngine, DoesNotPublishALateResult) {
  const TemporaryFolder folder;
  EngineFolder engine_folder(folder.path());
  ChildEngine first(folder.path(), {"name=first", "lease=500"});
  ASSERT_TRUE(ready(first));
  engine_folder.engine_fault_control().arm(GetParam(), 1, FaultAction::stop);
  ASSERT_TRUE(first.order(submit_command(engine_folder, "job", 2)));  // it may stop before it replies
  ASSERT_TRUE(eventually(kDeadline, [&] { return engine_folder.engine_fault_control().happened(); }));

  leave_store_open(first, engine_folder);
  ChildEngine second(folder.path(), {"name=second", "lease=500", "board=other_faults"});
  ASSERT_TRUE(ready(second));
  const auto store = engine_folder.store();
  ASSERT_TRUE(eventually(kDeadline, [&] { return must(store->find(1)).state == JobState::succeeded; }));
  const auto published = must(store->find(1));
  EXPECT_EQ(published.worker.find("first"), std::string::npos);

  engine_folder.engine_fault_control().release();
  first.signal(SIGCONT);
  EXPECT_EQ(first.answer().value_or(EngineReply{}).text, "1");
  ASSERT_EQ(submit(first, engine_folder, "next", 0.2), "2") << "the first engine does not work any more";
  ASSERT_TRUE(eventually(kDeadline, [&] { return must(store->find(2)).state == JobState::succeeded; }));
  EXPECT_TRUE(first.shut_down());
  EXPECT_TRUE(second.shut_down());

  const auto after = must(store->find(1));
  EXPECT_EQ(after.revision, published.revision) << "changed by an engine that had lost its claim";
  EXPECT_EQ(after.outputs, published.outputs);
  const auto history = job_histories(all_changes(*store)).at(1);
  EXPECT_EQ(history.violation, "");
  EXPECT_EQ(history.completions, 1);
  const auto& output = after.outputs.front();
  EXPECT_TRUE(same_audio(read_file(engine_folder.path_of(output.key)), converted(wav(2, 1), "format=mp3")));
  ChildEngine sweeper(folder.path(), {"start=0", "orphans=1"});
  ASSERT_TRUE(ready(sweeper));
  EXPECT_TRUE(sweeper.request("sweep").value_or(EngineReply{}).ok);
  EXPECT_TRUE(sweeper.shut_down());
  EXPECT_THAT(engine_folder.leftovers(), IsEmpty());
}

INSTANTIATE_TEST_SUITE_P(At, StoppedEngine,
                         testing::Values("engine.before_convert", "engine.converted",
                                         "engine.output_before_commit", "engine.before_complete",
                                         "engine.before_settle"),
                         [](const auto& point) {
                           auto name = point.param.substr(point.param.find('.') + 1);
                           std::erase(name, '_');
                           return name;
                         });

// The engine renews the lease of a stopped worker, so that no other engine takes the job.
TEST(StoppedWorker, KeepsItsLeaseAndContinues) {
  const TemporaryFolder folder;
  const EngineFolder engine_folder(folder.path());
  ChildEngine engine(folder.path(), {"lease=500"});
  ASSERT_TRUE(ready(engine));
  ASSERT_EQ(submit(engine, engine_folder, "job", 600), "1");
  const auto store = engine_folder.store();
  ASSERT_TRUE(eventually(kDeadline, [&] { return must(store->find(1)).state == JobState::running; }));
  const auto workers = workers_of(engine.pid(), folder.path());
  for (const pid_t worker : workers) ::kill(worker, SIGSTOP);
  engine.exits_within(seconds(2));  // four leases
  EXPECT_EQ(must(store->find(1)).state, JobState::running);
  for (const pid_t worker : workers) ::kill(worker, SIGCONT);
  EXPECT_TRUE(eventually(kDeadline, [&] { return must(store->find(1)).state == JobState::succeeded; }));
  const auto job = must(store->find(1));
  EXPECT_EQ(job.attempt, 0);
  EXPECT_EQ(job.interruptions, 0);
}

TEST(StoppedWorker, IsKilledAsStalled) {
  const TemporaryFolder folder;
  const EngineFolder engine_folder(folder.path());
  ChildEngine engine(folder.path(), {"lease=500", "stall=1000"});
  ASSERT_TRUE(ready(engine));
  ASSERT_EQ(submit(engine, engine_folder, "job", 600), "1");
  const auto store = engine_folder.store();
  ASSERT_TRUE(eventually(kDeadline, [&] { return must(store->find(1)).state == JobState::running; }));
  for (const pid_t worker : workers_of(engine.pid(), folder.path())) ::kill(worker, SIGSTOP);
  ASSERT_TRUE(eventually(kDeadline, [&] { return must(store->find(1)).error.has_value(); }));
  const auto error = *must(store->find(1)).error;
  EXPECT_EQ(error.code, Errc::stalled) << error.message;
  EXPECT_THAT(error.message, testing::HasSubstr("no progress"));
}

// One engine is killed again and again while the other one uses the same store.
TEST(TwoEngines, LoseNoJobIfOneIsKilledRepeatedly) {
  SKIP_WITHOUT_PROGRAMS("sha256sum");
  const TemporaryFolder folder;
  EngineFolder engine_folder(folder.path());
  const auto chosen_seed = seed();
  Workload workload(engine_folder, chosen_seed);
  std::mt19937 random(chosen_seed);
  ChildEngine steady(folder.path(), {"name=steady", "board=steady_faults"});
  ASSERT_TRUE(ready(steady));
  const int deaths = full_run() ? 60 : 6;
  for (int i = 0; i < deaths; ++i) {
    ChildEngine doomed(folder.path(), {fmt::format("name=doomed-{}", i)});
    doomed.kill_at(std::chrono::steady_clock::now() + std::chrono::milliseconds(200 + random() % 800));
    if (!ready(doomed)) continue;
    while (workload.submit(doomed) && workload.submit(steady) && workload.change_random_job(steady)) {
      if (doomed.exits_within(std::chrono::milliseconds(50))) break;
    }
  }
  ASSERT_TRUE(workload.resubmit_unacknowledged(steady));
  const auto store = engine_folder.store();
  EXPECT_TRUE(eventually(kDeadline, [&] { return all_ended(*store); }));
  EXPECT_TRUE(steady.shut_down());
  ChildEngine sweeper(folder.path(), {"start=0", "orphans=1"});
  ASSERT_TRUE(ready(sweeper));
  EXPECT_TRUE(sweeper.request("sweep").value_or(EngineReply{}).ok);
  EXPECT_TRUE(sweeper.shut_down());
  EXPECT_THAT(workload.problems(), IsEmpty());
  EXPECT_THAT(engine_folder.leftovers(), IsEmpty());
}

}  // namespace
}  // namespace convert::test
