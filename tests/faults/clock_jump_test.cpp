// SPDX-License-Identifier: MIT
// A store whose clock jumps by hours.
#include <atomic>

#include <gmock/gmock.h>

#include <convert/engine.hpp>

#include "faults/engine_folder.hpp"
#include "faults/job_history.hpp"
#include "support/audio_samples.hpp"
#include "support/test_files.hpp"
#include "support/test_helpers.hpp"

namespace convert::test {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::seconds;

/// Runs jobs in this process with a clock that jumps.
class JumpingClock : public testing::TestWithParam<hours> {};

TEST_P(JumpingClock, LosesNoJob) {
  const TemporaryFolder folder;
  std::atomic<milliseconds::rep> shift{0};
  SqliteOptions store_options;
  store_options.durability = Durability::process;
  store_options.clock = [&shift] {
    return std::chrono::floor<milliseconds>(std::chrono::system_clock::now()) + milliseconds(shift);
  };
  EngineOptions options;
  options.store = must(sqlite_job_store(folder / "jobs.db", store_options));
  options.execution = in_process_execution(std::make_shared<Library>());
  options.lease_duration = milliseconds(1000);
  options.heartbeat_interval = milliseconds(100);
  options.sweep_interval = milliseconds(100);
  options.max_running_jobs = 2;
  const auto store = options.store;
  Engine engine(std::move(options));

  std::vector<JobId> ids;
  for (std::uint32_t i = 0; i < 12; ++i) {
    const auto content = wav(i % 3 == 0 ? 60 : 1, i);
    const auto reader = memory_reader(bytes(content));
    JobRequest request;
    request.spec.format = "mp3";
    request.max_interruptions = 1000;
    const Input input{reader.get(), "sound.wav"};
    ids.push_back(must(engine.submit(request, std::span(&input, 1))).id);
  }
  ASSERT_TRUE(engine.start());
  for (int jump = 0; jump < 4; ++jump) {
    const auto ended_before = [&] {
      const auto now = must(engine.statistics());
      return now.in(JobState::succeeded) >= static_cast<std::uint64_t>(jump);
    };
    EXPECT_TRUE(eventually(kDeadline, ended_before));
    shift += milliseconds(jump % 2 == 0 ? GetParam() : -2 * GetParam()).count();
  }
  EXPECT_TRUE(eventually(kDeadline, [&] { return all_ended(*store); }));
  engine.stop();
  const auto histories = job_histories(all_changes(*store));
  for (const JobId id : ids) {
    const auto job = must(engine.find(id));
    EXPECT_EQ(job.state, JobState::succeeded) << (job.error ? job.error->message : "");
    EXPECT_EQ(job.attempt, 0);
    EXPECT_EQ(histories.at(id).violation, "");
    EXPECT_EQ(histories.at(id).completions, 1);
  }
}

INSTANTIATE_TEST_SUITE_P(By, JumpingClock, testing::Values(hours(5), hours(-5)),
                         [](const auto& jump) { return jump.param.count() > 0 ? "Forwards" : "Backwards"; });

}  // namespace
}  // namespace convert::test
