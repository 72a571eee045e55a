// SPDX-License-Identifier: MIT
// Engines and workers that are stopped past their lease and continued, and engines that share a store.
#include <fmt/format.h>
#include <signal.h>

#include <gmock/gmock.h>

#include "faults/child_engine.hpp"
#include "faults/job_history.hpp"
#include "faults/workload.hpp"
#include "support/processes.hpp"
#include "support/test_files.hpp"
#include "support/shell_command.hpp"
#include "support/seed.hpp"
#include "support/audio_samples.hpp"
#include "support/temporary_folder.hpp"
#include "support/waiting.hpp"

namespace convert::test {
namespace {

using std::chrono::seconds;
using testing::IsEmpty;

std::string submit_command(const EngineFolder& site, const std::string& key, double length) {
  const auto input = site.add_input(key + ".wav", wav(length, 1));
  return fmt::format("submit {} someone {} format=mp3", key, input.string());
}

std::string submit(ChildEngine& engine, const EngineFolder& site, const std::string& key, double length) {
  return engine.request(submit_command(site, key, length)).value_or(EngineReply{}).text;
}

/// A process that is stopped inside a transaction keeps all others out of an SQLite file. That is not what
/// is to be seen here: it is continued for a moment, until it is stopped elsewhere.
void leave_store_open(const ChildEngine& stopped, const EngineFolder& site) {
  SqliteOptions options;
  options.durability = Durability::process;
  options.busy_timeout = std::chrono::milliseconds(50);
  const auto store = must(sqlite_job_store(site.folder() / "jobs.db", options));
  ASSERT_TRUE(eventually(kDeadline, [&] {
    const bool writable = store->trim_changes(Time{}).has_value();
    if (!writable) stopped.signal(SIGCONT);
    return writable;
  }));
}

/// What `first` has begun and finished late, `second` has published long before.
class StoppedEngine : public testing::TestWithParam<std::string> {};

TEST_P(StoppedEngine, PublishesNothingLate) {
  const TemporaryFolder folder;
  EngineFolder site(folder.path());
  ChildEngine first(folder.path(), {"name=first", "lease=500"});
  ASSERT_TRUE(ready(first));
  site.engine_fault_control().arm(GetParam(), 1, FaultAction::stop);
  ASSERT_TRUE(first.order(submit_command(site, "job", 2)));  // it may stop before it answers
  ASSERT_TRUE(eventually(kDeadline, [&] { return site.engine_fault_control().happened(); }));

  leave_store_open(first, site);
  ChildEngine second(folder.path(), {"name=second", "lease=500", "board=other_faults"});
  ASSERT_TRUE(ready(second));
  const auto store = site.store();
  ASSERT_TRUE(eventually(kDeadline, [&] { return must(store->find(1)).state == JobState::succeeded; }));
  const auto published = must(store->find(1));
  EXPECT_EQ(published.worker.find("first"), std::string::npos);

  site.engine_fault_control().release();
  first.signal(SIGCONT);
  EXPECT_EQ(first.answer().value_or(EngineReply{}).text, "1");
  ASSERT_EQ(submit(first, site, "next", 0.2), "2") << "the first engine is of no use any more";
  ASSERT_TRUE(eventually(kDeadline, [&] { return must(store->find(2)).state == JobState::succeeded; }));
  EXPECT_TRUE(first.shut_down());
  EXPECT_TRUE(second.shut_down());

  const auto after = must(store->find(1));
  EXPECT_EQ(after.revision, published.revision) << "changed by one who had lost it";
  EXPECT_EQ(after.outputs, published.outputs);
  const auto history = job_histories(all_changes(*store)).at(1);
  EXPECT_EQ(history.violation, "");
  EXPECT_EQ(history.completions, 1);
  const auto& output = after.outputs.front();
  EXPECT_TRUE(same_audio(read_file(site.path_of(output.key)), converted(wav(2, 1), "format=mp3")));
  ChildEngine sweeper(folder.path(), {"start=0", "orphans=1"});
  ASSERT_TRUE(ready(sweeper));
  EXPECT_TRUE(sweeper.request("sweep").value_or(EngineReply{}).ok);
  EXPECT_TRUE(sweeper.shut_down());
  EXPECT_THAT(site.leftovers(), IsEmpty());
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

// The engine's thread that renews leases is no worker's: nobody else takes the job meanwhile.
TEST(StoppedWorker, KeepsItsLeaseAndGoesOn) {
  const TemporaryFolder folder;
  const EngineFolder site(folder.path());
  ChildEngine engine(folder.path(), {"lease=500"});
  ASSERT_TRUE(ready(engine));
  ASSERT_EQ(submit(engine, site, "job", 600), "1");
  const auto store = site.store();
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

TEST(StoppedWorker, IsKilledAsStalledIfItStaysSo) {
  const TemporaryFolder folder;
  const EngineFolder site(folder.path());
  ChildEngine engine(folder.path(), {"lease=500", "stall=1000"});
  ASSERT_TRUE(ready(engine));
  ASSERT_EQ(submit(engine, site, "job", 600), "1");
  const auto store = site.store();
  ASSERT_TRUE(eventually(kDeadline, [&] { return must(store->find(1)).state == JobState::running; }));
  for (const pid_t worker : workers_of(engine.pid(), folder.path())) ::kill(worker, SIGSTOP);
  ASSERT_TRUE(eventually(kDeadline, [&] { return must(store->find(1)).error.has_value(); }));
  const auto error = *must(store->find(1)).error;
  EXPECT_EQ(error.code, Errc::stalled) << error.message;
  EXPECT_THAT(error.message, testing::HasSubstr("stall"));
}

// One lives, the other is killed again and again: both take their jobs from one store.
TEST(TwoEngines, OneOfWhichDiesAllTheTimeLoseNothing) {
  SKIP_WITHOUT_PROGRAMS("sha256sum");
  const TemporaryFolder folder;
  EngineFolder site(folder.path());
  const auto chosen_seed = seed();
  Workload ledger(site, chosen_seed);
  std::mt19937 random(chosen_seed);
  ChildEngine steady(folder.path(), {"name=steady", "board=steady_faults"});
  ASSERT_TRUE(ready(steady));
  const int deaths = full_run() ? 60 : 6;
  for (int i = 0; i < deaths; ++i) {
    ChildEngine doomed(folder.path(), {fmt::format("name=doomed-{}", i)});
    doomed.kill_at(std::chrono::steady_clock::now() + std::chrono::milliseconds(200 + random() % 800));
    if (!ready(doomed)) continue;
    while (ledger.submit(doomed) && ledger.submit(steady) && ledger.change_random_job(steady)) {
      if (doomed.exits_within(std::chrono::milliseconds(50))) break;
    }
  }
  ASSERT_TRUE(ledger.resubmit_unacknowledged(steady));
  const auto store = site.store();
  EXPECT_TRUE(eventually(kDeadline, [&] { return all_ended(*store); }));
  EXPECT_TRUE(steady.shut_down());
  ChildEngine sweeper(folder.path(), {"start=0", "orphans=1"});
  ASSERT_TRUE(ready(sweeper));
  EXPECT_TRUE(sweeper.request("sweep").value_or(EngineReply{}).ok);
  EXPECT_TRUE(sweeper.shut_down());
  EXPECT_THAT(ledger.problems(), IsEmpty());
  EXPECT_THAT(site.leftovers(), IsEmpty());
}

}  // namespace
}  // namespace convert::test
