// SPDX-License-Identifier: MIT
// Workers and zygotes are killed while the engine runs: the job is tried again at once and the attempt is
// counted.
#include <fmt/format.h>
#include <signal.h>

#include <algorithm>

#include <gmock/gmock.h>

#include "faults/child_engine.hpp"
#include "faults/engine_folder.hpp"
#include "support/audio_samples.hpp"
#include "support/processes.hpp"
#include "support/test_files.hpp"
#include "support/test_helpers.hpp"

namespace convert::test {
namespace {

using std::chrono::seconds;

constexpr double kLong = 200;  // seconds of audio: about half a second of work
constexpr double kShort = 0.2;

/// An engine with a Sandbox.
class WorkerDeaths : public testing::Test {
 protected:
  void SetUp() override { ASSERT_TRUE(ready(engine_)); }

  JobId submit(const std::string& key, double length) {
    const auto input = engine_folder_.add_input(key + ".wav", wav(length, 1));
    const auto answer = engine_.request(fmt::format("submit {} someone {} format=mp3", key, input.string()));
    EXPECT_TRUE(answer && answer->ok) << (answer ? answer->text : "died");
    return answer && answer->ok ? std::stoll(answer->text) : 0;
  }
  Job job(JobId id) const { return must(store_->find(id)); }
  bool reaches(JobId id, JobState state) const {
    return eventually(kDeadline, [&] { return job(id).state == state; });
  }
  std::vector<pid_t> workers() { return workers_of(engine_.pid(), folder_.path()); }
  pid_t zygote() { return zygote_of(engine_.pid(), folder_.path()); }
  void expect_whole(JobId id, double length) const {
    const auto output = job(id).outputs.at(0);
    EXPECT_TRUE(
        same_audio(read_file(engine_folder_.path_of(output.key)), converted(wav(length, 1), "format=mp3")));
  }

  TemporaryFolder folder_;
  EngineFolder engine_folder_{folder_.path()};
  ChildEngine engine_{folder_.path(), {"retry=20"}};
  std::shared_ptr<JobStore> store_ = engine_folder_.store();
};

TEST_F(WorkerDeaths, KilledWorkerCostsOneAttempt) {
  const auto id = submit("job", kLong);
  ASSERT_TRUE(reaches(id, JobState::running));
  for (const pid_t worker : workers()) ::kill(worker, SIGKILL);
  ASSERT_TRUE(reaches(id, JobState::succeeded));
  EXPECT_EQ(job(id).attempt, 1);
  EXPECT_EQ(job(id).interruptions, 0);
  expect_whole(id, kLong);
  EXPECT_TRUE(engine_.shut_down());
}

TEST_F(WorkerDeaths, KilledIdleWorkersAreReplaced) {
  ASSERT_TRUE(eventually(kDeadline, [&] { return !workers().empty(); }));
  const auto killed = workers();
  for (const pid_t worker : killed) ::kill(worker, SIGKILL);
  ASSERT_TRUE(eventually(kDeadline, [&] {
    const auto alive = processes_of(folder_.path());
    return std::find_first_of(alive.begin(), alive.end(), killed.begin(), killed.end()) == alive.end();
  }));
  const auto id = submit("job", kShort);
  ASSERT_TRUE(reaches(id, JobState::succeeded));
  EXPECT_EQ(job(id).attempt, 0) << job(id).error.value_or(Error{}).message;
}

TEST_F(WorkerDeaths, KilledZygoteIsReplaced) {
  const auto id = submit("job", kLong);
  ASSERT_TRUE(reaches(id, JobState::running));
  const pid_t killed = zygote();
  ASSERT_GT(killed, 0);
  ::kill(killed, SIGKILL);
  const auto next = submit("next", kShort);
  EXPECT_TRUE(reaches(next, JobState::succeeded));
  EXPECT_TRUE(reaches(id, JobState::succeeded));
  EXPECT_LE(job(id).attempt, 1);
  EXPECT_EQ(job(id).interruptions, 0);
  expect_whole(id, kLong);
  EXPECT_NE(zygote(), killed);
  EXPECT_TRUE(engine_.shut_down());
  EXPECT_TRUE(eventually(kDeadline, [&] { return processes_of(folder_.path()).empty(); }));
}

TEST_F(WorkerDeaths, JobFailsAfterMaxAttempts) {
  const auto id = submit("job", kLong);
  int killed = 0;
  const bool given_up = eventually(2 * kDeadline, [&] {
    const auto now = job(id);
    if (now.state == JobState::running) {
      for (const pid_t worker : workers()) ::kill(worker, SIGKILL);
      ++killed;
    }
    return now.state == JobState::failed;
  });
  ASSERT_TRUE(given_up) << killed << " kills";
  EXPECT_EQ(job(id).attempt, JobRequest().max_attempts);
  EXPECT_EQ(job(id).error->code, Errc::crashed);
  EXPECT_GT(job(id).error->message.size(), 20U);
  ASSERT_TRUE(engine_.request(fmt::format("retry {}", id)).value_or(EngineReply{}).ok);
  ASSERT_TRUE(reaches(id, JobState::succeeded));
  // The last kill also ended idle workers. One of them may be handed out before its end is noticed.
  EXPECT_LE(job(id).attempt, 1);
}

}  // namespace
}  // namespace convert::test
