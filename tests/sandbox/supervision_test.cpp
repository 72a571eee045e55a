// SPDX-License-Identifier: MIT
#include <signal.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <thread>

#include "sandbox/sandbox_fixtures.hpp"
#include "support/processes.hpp"
#include "support/shell_command.hpp"

// Whatever happens to the processes of a Sandbox, each call returns a result or an error, and later calls
// work.

namespace convert::test {
namespace {

namespace fs = std::filesystem;
using std::chrono::milliseconds;

#ifdef CONVERT_SANITIZED
constexpr auto kMaxCancelTime = std::chrono::seconds(5);
#else
constexpr auto kMaxCancelTime = std::chrono::seconds(1);
#endif
constexpr std::size_t kMiddle = 200'000;  // bytes of the input

/// A Reader that calls `in_the_middle` once when kMiddle bytes were read: then a worker is converting.
std::unique_ptr<ForwardReader> reader_with_event(double seconds, std::function<void()> in_the_middle) {
  auto reader = std::make_unique<ForwardReader>(wav(seconds), 20'000);
  reader->on_read = [done = false, what = std::move(in_the_middle)](std::size_t given) mutable {
    if (given < kMiddle || std::exchange(done, true)) return;
    what();
  };
  return reader;
}

Result<Report> convert_in_memory(const Execution& execution, Reader& reader, Outputs& outputs,
                                 const ConvertOptions& options = {}) {
  const Input input{&reader, "in.wav"};
  return execution.convert(std::span(&input, 1), outputs, spec_for("flac"), options);
}

void expect_that_it_works(const Execution& execution) {
  MemoryInput source(wav(0.5));
  StringOutputs outputs;
  const auto report = convert_in_memory(execution, *source.reader, outputs);
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

TEST(Supervision, ReportsTheSignalThatEndedAWorker) {
  const auto execution = sandbox();
  TemporaryFolder folder;
  const auto reader = reader_with_event(20, [] { kill_and_wait(workers()); });
  const auto outputs = file_output(folder / "out.flac");
  const auto report = convert_in_memory(*execution, *reader, *outputs);
  ASSERT_FALSE(report);
  EXPECT_EQ(report.error().code, Errc::crashed) << report.error().message;
  EXPECT_NE(report.error().message.find("SIGKILL"), std::string::npos) << report.error().message;
  EXPECT_TRUE(report.error().retryable);
  EXPECT_TRUE(folder.names().empty());
  EXPECT_EQ(execution->statistics().crashed, 1U);
  expect_that_it_works(*execution);
}

TEST(Supervision, RecoversFromCrashes) {
  SandboxOptions options;
  options.idle_workers = 1;
  const auto execution = sandbox(options);
  const auto stands = [&] { return execution->statistics().idle == 1 && execution->statistics().busy == 0; };
  for (unsigned crashes = 1; crashes <= 3; ++crashes) {
    EXPECT_TRUE(eventually_true(stands));
    const auto reader = reader_with_event(20, [&, next = workers()] {
      EXPECT_EQ(execution->statistics().busy, 1U);
      signal_all(next, SIGSEGV);
    });
    StringOutputs outputs;
    const auto report = convert_in_memory(*execution, *reader, outputs);
    ASSERT_FALSE(report);
    EXPECT_EQ(report.error().code, Errc::crashed) << report.error().message;
    EXPECT_EQ(execution->statistics().crashed, crashes);
    expect_that_it_works(*execution);
    EXPECT_EQ(execution->statistics().served, crashes);
  }
  EXPECT_TRUE(eventually_true(stands));
  EXPECT_EQ(execution->statistics().killed, 0U);
  EXPECT_EQ(execution->statistics().zygotes_started, 1U);
}

TEST(Supervision, CallsSurviveTheEndOfTheirZygote) {
  const auto execution = sandbox();
  const auto reader = reader_with_event(20, [] { signal_all(zygotes(), SIGKILL); });
  StringOutputs outputs;
  const auto report = convert_in_memory(*execution, *reader, outputs);
  EXPECT_TRUE(report) << report.error().message;
  for (int i = 0; i < 5; ++i) expect_that_it_works(*execution);
  EXPECT_TRUE(eventually_true(
      [&] { return execution->statistics().zygotes_started == 2 && execution->statistics().idle >= 2; }));
}

TEST(Supervision, ReportsACrashAfterTheZygoteHasEnded) {
  const auto execution = sandbox();
  const auto reader = reader_with_event(20, [] {
    const auto all = workers();
    kill_and_wait(zygotes());
    kill_and_wait(all);
  });
  StringOutputs outputs;
  const auto report = convert_in_memory(*execution, *reader, outputs);
  ASSERT_FALSE(report);
  EXPECT_EQ(report.error().code, Errc::crashed) << report.error().message;
  expect_that_it_works(*execution);
}

TEST(Supervision, KillsAStalledWorker) {
  SandboxOptions options;
  options.limits.stall_timeout = milliseconds(300);
  const auto execution = sandbox(options);
  const auto reader = reader_with_event(60, [] { signal_all(workers(), SIGSTOP); });
  StringOutputs outputs;
  const auto report = convert_in_memory(*execution, *reader, outputs);
  ASSERT_FALSE(report);
  EXPECT_EQ(report.error().code, Errc::stalled) << report.error().message;
  EXPECT_FALSE(report.error().retryable);
  EXPECT_EQ(execution->statistics().killed, 1U);
  signal_all(workers(), SIGCONT);
  expect_that_it_works(*execution);
}

TEST(Supervision, WaitingForTheReaderIsNotAStall) {
  SandboxOptions options;
  options.limits.stall_timeout = milliseconds(1000);
  const auto execution = sandbox(options);
  const auto reader = reader_with_event(5, [] {
    const auto until = std::chrono::steady_clock::now() + milliseconds(2500);
    (void)eventually_true([&] { return std::chrono::steady_clock::now() > until; });
  });
  StringOutputs outputs;
  const auto report = convert_in_memory(*execution, *reader, outputs);
  EXPECT_TRUE(report) << report.error().message;
}

TEST(Supervision, CancelsAnUnresponsiveWorker) {
  const auto execution = sandbox();
  std::stop_source stop;
  std::chrono::steady_clock::time_point stopped_at;
  ConvertOptions options;
  options.stop = stop.get_token();
  const auto reader = reader_with_event(60, [&] {
    signal_all(workers(), SIGSTOP);
    stopped_at = std::chrono::steady_clock::now();
    stop.request_stop();
  });
  StringOutputs outputs;
  const auto report = convert_in_memory(*execution, *reader, outputs, options);
  const auto elapsed = std::chrono::steady_clock::now() - stopped_at;
  ASSERT_FALSE(report);
  EXPECT_EQ(report.error().code, Errc::cancelled);
  EXPECT_LT(elapsed, kMaxCancelTime);
}

TEST(Supervision, ReplacesIdleWorkersThatEnd) {
  const auto execution = sandbox();
  for (int i = 0; i < 5; ++i) {
    signal_all(workers(), SIGKILL);
    // If a worker is killed just as it is taken, its call fails and may be retried.
    MemoryInput source(wav(0.2));
    StringOutputs outputs;
    const auto report = convert_in_memory(*execution, *source.reader, outputs);
    EXPECT_TRUE(report || report.error().code == Errc::crashed) << report.error().message;
  }
  expect_that_it_works(*execution);
}

TEST(Supervision, LeavesNoProcessesAndFolders) {
  TemporaryFolder folder;
  {
    SandboxOptions options;
    options.temporary_folder = folder.path();
    const auto execution = sandbox(options);
    expect_that_it_works(*execution);
    EXPECT_FALSE(zygotes().empty());
    EXPECT_FALSE(folder.names().empty());
  }
  EXPECT_TRUE(zygotes().empty());
  EXPECT_TRUE(folder.names().empty());
}

TEST(Supervision, RemovesFoldersOfEndedProcesses) {
  TemporaryFolder folder;
  fs::create_directories(folder / "convert-sandbox-Dead01/w1");
  write_file(folder / "convert-sandbox-Dead01/w1/part", "left");
  fs::create_directories(folder / "of-another-program");
  SandboxOptions options;
  options.temporary_folder = folder.path();
  const auto one = sandbox(options);
  EXPECT_FALSE(fs::exists(folder / "convert-sandbox-Dead01"));
  EXPECT_TRUE(fs::exists(folder / "of-another-program"));
  const auto two = sandbox(options);
  expect_that_it_works(*one);
  expect_that_it_works(*two);
}

TEST(Supervision, RemovesScratchFoldersWithTheirWorkers) {
  TemporaryFolder folder;
  SandboxOptions options;
  options.temporary_folder = folder.path();
  const auto execution = sandbox(options);
  for (int i = 0; i < 10; ++i) expect_that_it_works(*execution);
  ASSERT_EQ(folders_in(folder.path()).size(), 1U);
  const auto root = folders_in(folder.path()).front();
  EXPECT_TRUE(eventually_true([&] {
    return execution->statistics().idle == 2 && folders_in(root).size() <= 2;
  })) << ::testing::PrintToString(folder.names());
}

TEST(Supervision, LeaksNoDescriptors) {
  const auto execution = sandbox();
  expect_that_it_works(*execution);
  const auto settled = [&] { return execution->statistics().idle == 2 && execution->statistics().busy == 0; };
  ASSERT_TRUE(eventually_true(settled));
  const std::size_t before = open_descriptors();
  MemoryInput bad("no sound");
  for (int i = 0; i < 60; ++i) {
    expect_that_it_works(*execution);
    StringOutputs outputs;
    EXPECT_FALSE(convert_in_memory(*execution, *bad.reader, outputs));
    ForwardReader forward(wav(0.1), 5000);
    outputs.forward_only = true;
    EXPECT_TRUE(convert_in_memory(*execution, forward, outputs));
  }
  ASSERT_TRUE(eventually_true(settled));
  EXPECT_TRUE(eventually_true([&] { return open_descriptors() <= before; }))
      << open_descriptors() << " > " << before;
}

TEST(Supervision, ReportsProblemsOfTheWorkerProgram) {
  SandboxOptions options;
  options.worker_program = "/no/such/worker";
  const auto missing = Sandbox::start(options);
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().code, Errc::not_found);
  EXPECT_NE(missing.error().message.find("/no/such/worker"), std::string::npos);

  options.worker_program = "/bin/true";
  const auto other = Sandbox::start(options);
  ASSERT_FALSE(other);
  EXPECT_EQ(other.error().code, Errc::unavailable) << other.error().message;

  options.worker_program = "/bin/ls";
  const auto printing = Sandbox::start(options);
  ASSERT_FALSE(printing);
  EXPECT_NE(printing.error().message.find("It printed"), std::string::npos) << printing.error().message;

  options = {};
  options.limits.stall_timeout = milliseconds(0);
  EXPECT_EQ(Sandbox::start(options).error().code, Errc::invalid_argument);
}

TEST(Supervision, ReportsReadiness) {
  TemporaryFolder folder;
  SandboxOptions options;
  options.worker_program = folder / "worker";
  fs::copy_file(CONVERT_WORKER, options.worker_program);
  const auto execution = sandbox(options);
  EXPECT_TRUE(execution->ready());
  // A worker that starts after the others were listed would serve the call.
  ASSERT_TRUE(eventually_true([&] { return execution->statistics().idle == options.idle_workers; }));
  fs::remove(options.worker_program);
  const auto all = workers();
  kill_and_wait(zygotes());
  kill_and_wait(all);
  // Without its program the next zygote cannot start. The call is not the cause.
  EXPECT_TRUE(eventually_true([&] { return !execution->ready(); }));
  MemoryInput source(wav(0.5));
  StringOutputs outputs;
  const auto report = convert_in_memory(*execution, *source.reader, outputs);
  ASSERT_FALSE(report);
  EXPECT_EQ(report.error().code, Errc::unavailable) << report.error().message;
  EXPECT_TRUE(report.error().retryable);
  // Renamed, since a program that is being copied could be started.
  fs::copy_file(CONVERT_WORKER, folder / "whole");
  fs::rename(folder / "whole", options.worker_program);
  EXPECT_TRUE(eventually_true([&] { return execution->ready().has_value(); }));
  expect_that_it_works(*execution);
}

TEST(Supervision, CountsCallsAndWorkers) {
  const auto execution = sandbox();
  expect_that_it_works(*execution);
  const auto statistics = execution->statistics();
  EXPECT_EQ(statistics.served, 1U);
  EXPECT_EQ(statistics.crashed, 0U);
  EXPECT_EQ(statistics.killed, 0U);
  EXPECT_EQ(statistics.zygotes_started, 1U);
  EXPECT_GT(statistics.memory_bytes, 1'000'000U);
  EXPECT_FALSE(execution->confinement().empty());
}

}  // namespace
namespace {

TEST(LoadedLibraries, HostOfASandboxLoadsNoDecoder) {
#ifndef LOADED_LIBRARIES
  GTEST_SKIP() << "The shared library of libconvert loads them itself.";
#else
  TemporaryFolder folder;
  write_file(folder / "in.wav", wav(0.5));
  const auto ran = run(quoted(LOADED_LIBRARIES) + " " + quoted(CONVERT_WORKER) + " " +
                       quoted(folder / "in.wav") + " " + quoted(folder / "out.mp3"));
  EXPECT_EQ(ran.status, 0) << ran.output;
  EXPECT_GT(std::filesystem::file_size(folder / "out.mp3"), 1000U);
#endif
}

}  // namespace
}  // namespace convert::test
