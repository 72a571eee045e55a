// SPDX-License-Identifier: MIT
// Whatever becomes of the processes behind a Sandbox, calls end with a result or an error, and the next ones
// work.
#include <signal.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <thread>

#include "sandbox/material.hpp"
#include "sandbox/processes.hpp"

namespace convert::test {
namespace {

namespace fs = std::filesystem;
using std::chrono::milliseconds;

constexpr std::size_t kMiddle = 200'000;  // of the input, in bytes

/// Something happens once, when so much of the input was given out: then a worker is at work on it.
std::unique_ptr<ForwardReader> reader_with(double seconds, std::function<void()> in_the_middle) {
  auto reader = std::make_unique<ForwardReader>(wav(seconds), 20'000);
  reader->on_read = [done = false, what = std::move(in_the_middle)](std::size_t given) mutable {
    if (given < kMiddle || std::exchange(done, true)) return;
    what();
  };
  return reader;
}

Result<Report> convert_there(const Execution& there, Reader& reader, Outputs& outputs,
                             const ConvertOptions& options = {}) {
  const Input input{&reader, "in.wav"};
  return there.convert(std::span(&input, 1), outputs, to("flac"), options);
}

void expect_that_it_works(const Execution& there) {
  Source source(wav(0.5));
  StringOutputs outputs;
  const auto report = convert_there(there, *source.reader, outputs);
  EXPECT_TRUE(report) << report.error().message;
}

std::vector<fs::path> folders_in(const fs::path& folder) {
  std::vector<fs::path> folders;
  std::error_code failure;
  for (fs::directory_iterator at(folder, failure), end; !failure && at != end; at.increment(failure)) {
    if (at->is_directory(failure)) folders.push_back(at->path());
  }
  return folders;
}

TEST(Supervision, SaysBySignalHowAWorkerEnded) {
  const auto there = sandbox();
  TemporaryFolder folder;
  const auto reader = reader_with(20, [] { end_all(workers()); });
  const auto outputs = file_output(folder / "out.flac");
  const auto report = convert_there(*there, *reader, *outputs);
  ASSERT_FALSE(report);
  EXPECT_EQ(report.error().code, Errc::crashed) << report.error().message;
  EXPECT_NE(report.error().message.find("SIGKILL"), std::string::npos) << report.error().message;
  EXPECT_TRUE(report.error().retryable);
  EXPECT_TRUE(folder.names().empty());
  EXPECT_EQ(there->statistics().crashed, 1U);
  expect_that_it_works(*there);
}

TEST(Supervision, StandsAgainAfterCrashes) {
  SandboxOptions options;
  options.ready = 1;
  const auto there = sandbox(options);
  const auto stands = [&] { return there->statistics().ready == 1 && there->statistics().busy == 0; };
  for (unsigned crashes = 1; crashes <= 3; ++crashes) {
    EXPECT_TRUE(soon(stands));
    const auto reader = reader_with(20, [&, next = workers()] {
      EXPECT_EQ(there->statistics().busy, 1U);
      signal_all(next, SIGSEGV);
    });
    StringOutputs outputs;
    const auto report = convert_there(*there, *reader, outputs);
    ASSERT_FALSE(report);
    EXPECT_EQ(report.error().code, Errc::crashed) << report.error().message;
    EXPECT_EQ(there->statistics().crashed, crashes);
    expect_that_it_works(*there);
    EXPECT_EQ(there->statistics().served, crashes);
  }
  EXPECT_TRUE(soon(stands));
  EXPECT_EQ(there->statistics().killed, 0U);
  EXPECT_EQ(there->statistics().zygotes, 1U);
}

TEST(Supervision, RunningCallsOutliveTheirZygoteAndNewOnesGetAnother) {
  const auto there = sandbox();
  const auto reader = reader_with(20, [] { signal_all(zygotes(), SIGKILL); });
  StringOutputs outputs;
  const auto report = convert_there(*there, *reader, outputs);
  EXPECT_TRUE(report) << report.error().message;
  for (int i = 0; i < 5; ++i) expect_that_it_works(*there);
  EXPECT_TRUE(soon([&] { return there->statistics().zygotes == 2 && there->statistics().ready >= 2; }));
}

TEST(Supervision, ACrashIsToldAlsoWhenTheZygoteHasGone) {
  const auto there = sandbox();
  const auto reader = reader_with(20, [] {
    const auto all = workers();
    end_all(zygotes());
    end_all(all);
  });
  StringOutputs outputs;
  const auto report = convert_there(*there, *reader, outputs);
  ASSERT_FALSE(report);
  EXPECT_EQ(report.error().code, Errc::crashed) << report.error().message;
  expect_that_it_works(*there);
}

TEST(Supervision, EndsAWorkerThatDoesNotGetOn) {
  SandboxOptions options;
  options.limits.stall = milliseconds(300);
  const auto there = sandbox(options);
  const auto reader = reader_with(60, [] { signal_all(workers(), SIGSTOP); });
  StringOutputs outputs;
  const auto report = convert_there(*there, *reader, outputs);
  ASSERT_FALSE(report);
  EXPECT_EQ(report.error().code, Errc::stalled) << report.error().message;
  EXPECT_FALSE(report.error().retryable);
  EXPECT_EQ(there->statistics().killed, 1U);
  signal_all(workers(), SIGCONT);
  expect_that_it_works(*there);
}

TEST(Supervision, WaitingForTheReaderIsNoStall) {
  SandboxOptions options;
  options.limits.stall = milliseconds(1000);
  const auto there = sandbox(options);
  const auto reader = reader_with(5, [] {
    const auto until = std::chrono::steady_clock::now() + milliseconds(2500);
    (void)soon([&] { return std::chrono::steady_clock::now() > until; });
  });
  StringOutputs outputs;
  const auto report = convert_there(*there, *reader, outputs);
  EXPECT_TRUE(report) << report.error().message;
}

TEST(Supervision, CancelsAWorkerThatDoesNotListen) {
  const auto there = sandbox();
  std::stop_source stop;
  ConvertOptions options;
  options.stop = stop.get_token();
  const auto reader = reader_with(60, [&] {
    signal_all(workers(), SIGSTOP);
    stop.request_stop();
  });
  StringOutputs outputs;
  const auto report = convert_there(*there, *reader, outputs, options);
  ASSERT_FALSE(report);
  EXPECT_EQ(report.error().code, Errc::cancelled);
}

TEST(Supervision, WaitingWorkersThatDieAreReplaced) {
  const auto there = sandbox();
  for (int i = 0; i < 5; ++i) {
    signal_all(workers(), SIGKILL);
    // One that is killed just as it is taken fails its call; it can be tried again.
    Source source(wav(0.2));
    StringOutputs outputs;
    const auto report = convert_there(*there, *source.reader, outputs);
    EXPECT_TRUE(report || report.error().code == Errc::crashed) << report.error().message;
  }
  expect_that_it_works(*there);
}

TEST(Supervision, LeavesNoProcessAndNoFolder) {
  TemporaryFolder folder;
  {
    SandboxOptions options;
    options.temporary_folder = folder.path();
    const auto there = sandbox(options);
    expect_that_it_works(*there);
    EXPECT_FALSE(zygotes().empty());
    EXPECT_FALSE(folder.names().empty());
  }
  EXPECT_TRUE(zygotes().empty());
  EXPECT_TRUE(folder.names().empty());
}

TEST(Supervision, RemovesWhatADeadProcessLeft) {
  TemporaryFolder folder;
  fs::create_directories(folder / "convert-sandbox-Dead01/w1");
  write_file(folder / "convert-sandbox-Dead01/w1/part", "left");
  fs::create_directories(folder / "somebody-elses");
  SandboxOptions options;
  options.temporary_folder = folder.path();
  const auto one = sandbox(options);
  EXPECT_FALSE(fs::exists(folder / "convert-sandbox-Dead01"));
  EXPECT_TRUE(fs::exists(folder / "somebody-elses"));
  const auto two = sandbox(options);
  expect_that_it_works(*one);
  expect_that_it_works(*two);
}

TEST(Supervision, ScratchFoldersGoWithTheirWorkers) {
  TemporaryFolder folder;
  SandboxOptions options;
  options.temporary_folder = folder.path();
  const auto there = sandbox(options);
  for (int i = 0; i < 10; ++i) expect_that_it_works(*there);
  ASSERT_EQ(folders_in(folder.path()).size(), 1U);
  const auto root = folders_in(folder.path()).front();
  EXPECT_TRUE(soon([&] { return there->statistics().ready == 2 && folders_in(root).size() <= 2; }))
      << ::testing::PrintToString(folder.names());
}

TEST(Supervision, KeepsNoDescriptors) {
  const auto there = sandbox();
  expect_that_it_works(*there);
  const auto settled = [&] { return there->statistics().ready == 2 && there->statistics().busy == 0; };
  ASSERT_TRUE(soon(settled));
  const std::size_t before = open_descriptors();
  Source bad("no sound");
  for (int i = 0; i < 60; ++i) {
    expect_that_it_works(*there);
    StringOutputs outputs;
    EXPECT_FALSE(convert_there(*there, *bad.reader, outputs));
    ForwardReader forward(wav(0.1), 5000);
    outputs.forward_only = true;
    EXPECT_TRUE(convert_there(*there, forward, outputs));
  }
  ASSERT_TRUE(soon(settled));
  EXPECT_TRUE(soon([&] { return open_descriptors() <= before; })) << open_descriptors() << " > " << before;
}

TEST(Supervision, SaysWhatIsWrongWithTheWorkerProgram) {
  SandboxOptions options;
  options.worker = "/no/such/worker";
  const auto missing = Sandbox::start(options);
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().code, Errc::not_found);
  EXPECT_NE(missing.error().message.find("/no/such/worker"), std::string::npos);

  options.worker = "/bin/true";
  const auto other = Sandbox::start(options);
  ASSERT_FALSE(other);
  EXPECT_EQ(other.error().code, Errc::unavailable) << other.error().message;

  options.worker = "/bin/ls";
  const auto talkative = Sandbox::start(options);
  ASSERT_FALSE(talkative);
  EXPECT_NE(talkative.error().message.find("It said"), std::string::npos) << talkative.error().message;

  options = {};
  options.limits.stall = milliseconds(0);
  EXPECT_EQ(Sandbox::start(options).error().code, Errc::invalid_argument);
}

TEST(Supervision, SaysWhetherItCouldBeginNow) {
  TemporaryFolder folder;
  SandboxOptions options;
  options.worker = folder / "worker";
  fs::copy_file(CONVERT_WORKER, options.worker);
  const auto there = sandbox(options);
  EXPECT_TRUE(there->ready());
  // A worker that comes after the others were listed would live on, and do the work.
  ASSERT_TRUE(soon([&] { return there->statistics().ready == options.ready; }));
  fs::remove(options.worker);
  const auto all = workers();
  end_all(zygotes());
  end_all(all);
  // The next one can't be started as long as there is no program, which is no fault of a call.
  EXPECT_TRUE(soon([&] { return !there->ready(); }));
  Source source(wav(0.5));
  StringOutputs outputs;
  const auto report = convert_there(*there, *source.reader, outputs);
  ASSERT_FALSE(report);
  EXPECT_EQ(report.error().code, Errc::unavailable) << report.error().message;
  EXPECT_TRUE(report.error().retryable);
  // Whole at once: half a program could be started.
  fs::copy_file(CONVERT_WORKER, folder / "whole");
  fs::rename(folder / "whole", options.worker);
  EXPECT_TRUE(soon([&] { return there->ready().has_value(); }));
  expect_that_it_works(*there);
}

TEST(Supervision, CountsWhatItDoes) {
  const auto there = sandbox();
  expect_that_it_works(*there);
  const auto statistics = there->statistics();
  EXPECT_EQ(statistics.served, 1U);
  EXPECT_EQ(statistics.crashed, 0U);
  EXPECT_EQ(statistics.killed, 0U);
  EXPECT_EQ(statistics.zygotes, 1U);
  EXPECT_GT(statistics.memory_bytes, 1'000'000U);
  EXPECT_FALSE(there->confinement().empty());
}

}  // namespace
}  // namespace convert::test
