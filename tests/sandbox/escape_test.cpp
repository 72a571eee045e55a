// SPDX-License-Identifier: MIT
#include <sys/resource.h>
#include <unistd.h>

#include <atomic>
#include <fstream>
#include <iostream>
#include <memory>
#include <thread>

#include "sandbox/sandbox_fixtures.hpp"
#include "support/shell_command.hpp"
#include "support/test_files.hpp"

namespace convert::test {

/// Runs other conversions in the same Sandbox until `end`. None may fail, and all must produce the same
/// bytes.
class BackgroundConversions {
 public:
  explicit BackgroundConversions(std::shared_ptr<const Sandbox> sandbox)
      : sandbox_(std::move(sandbox)), expected_(convert_in_memory(*sandbox_, input_, spec()).output) {
    EXPECT_FALSE(expected_.empty());
    thread_ = std::jthread([this](const std::stop_token& stop) {
      do {
        const auto made = convert_in_memory(*sandbox_, input_, spec());
        EXPECT_TRUE(made.report) << "A concurrent conversion failed: " << made.report.error().message;
        EXPECT_EQ(made.output, expected_) << "The output of a concurrent conversion has changed.";
        ++done_;
      } while (!stop.stop_requested());
    });
  }

  /// Stops, and returns the number of conversions.
  unsigned end() {
    thread_.request_stop();
    thread_.join();
    return done_;
  }

 private:
  static OutputSpec spec() {
    OutputSpec spec;
    spec.format = "mp3";
    return spec;
  }

  std::shared_ptr<const Sandbox> sandbox_;
  std::vector<std::byte> input_ = tone(0.5);
  std::vector<std::byte> expected_;
  std::atomic<unsigned> done_ = 0;
  std::jthread thread_;
};

}  // namespace convert::test

// A compromised converter (escape_worker) tries to escape from a Sandbox while other conversions run in it.
// Each attempt ends with an Error and does not affect the others.

namespace convert::test {
namespace {

enum class Target { none, host_process, host_file, new_file };

struct Case {
  const char* attempt;
  Errc code;
  const char* message = "";  ///< a part of the message
  Target target = Target::none;
};

std::ostream& operator<<(std::ostream& out, const Case& one) { return out << one.attempt; }

class Escape : public testing::TestWithParam<Case> {
 protected:
  /// Runs the attempt of GetParam in a Sandbox of that worker program.
  void try_in(const char* worker);

  std::string target() const {
    switch (GetParam().target) {
      case Target::host_process:
        return std::to_string(::getpid());
      case Target::host_file:
        return (folder_ / "secret").string();
      case Target::new_file:
        return (folder_ / "planted").string();
      case Target::none:
        break;
    }
    return "none";
  }

  TemporaryFolder folder_;
};

OutputSpec attempt(const char* name, const std::string& target) {
  OutputSpec spec;
  spec.format = "escape";
  spec.tags = {{"attempt", name}, {"target", target}};
  return spec;
}

void Escape::try_in(const char* worker) {
  std::ofstream(folder_ / "secret") << "a secret of the host";
  const TemporaryFolder scratch;
  const auto sandbox = small_sandbox(worker, scratch.path());
  BackgroundConversions background(sandbox);
  ConvertOptions options;
  options.limits = Limits();
  options.limits->output_bytes = std::uint64_t{64} << 20;

  const auto made = convert_in_memory(*sandbox, tone(0.1), attempt(GetParam().attempt, target()), options);

  EXPECT_GE(background.end(), 1u);
  ASSERT_FALSE(made.report) << "The attempt escaped.";
  const Error& error = made.report.error();
  EXPECT_EQ(error.code, GetParam().code) << error.message;
  EXPECT_THAT(error.message, testing::HasSubstr(GetParam().message));
  EXPECT_THAT(error.message, IsASentence());
  EXPECT_TRUE(made.output.empty());
  EXPECT_THAT(folder_.names(), testing::ElementsAre("secret"));
  EXPECT_EQ(sandbox->statistics().zygotes_started, 1u);
}

TEST_P(Escape, FailsItsCallWithAnError) { try_in(ESCAPE_WORKER); }

/// With seccomp and resource limits only: without Landlock, namespaces and a root folder of its own.
class WeakEscape : public Escape {};
TEST_P(WeakEscape, FailsItsCallWithAnError) { try_in(WEAK_ESCAPE_WORKER); }

std::string name_of(const testing::TestParamInfo<Case>& info) { return info.param.attempt; }

const auto kCalls = testing::Values(
    Case{"socket", Errc::forbidden}, Case{"unix_socket", Errc::forbidden}, Case{"connect", Errc::forbidden},
    Case{"execve", Errc::forbidden}, Case{"fork", Errc::forbidden}, Case{"clone", Errc::forbidden},
    Case{"ptrace", Errc::forbidden, "", Target::host_process}, Case{"ptrace_me", Errc::forbidden},
    Case{"kill_host", Errc::forbidden, "", Target::host_process}, Case{"kill_parent", Errc::forbidden},
    Case{"tgkill_host", Errc::forbidden, "", Target::host_process}, Case{"kill_everybody", Errc::forbidden},
    Case{"process_vm_writev", Errc::forbidden, "", Target::host_process},
    Case{"pidfd_open", Errc::forbidden, "", Target::host_process}, Case{"unshare", Errc::forbidden},
    Case{"chroot", Errc::forbidden}, Case{"setuid", Errc::forbidden}, Case{"io_uring", Errc::forbidden},
    Case{"bpf", Errc::forbidden}, Case{"shmget", Errc::forbidden}, Case{"memfd", Errc::forbidden},
    Case{"setown", Errc::forbidden}, Case{"code", Errc::io, "mmap"}, Case{"mprotect", Errc::io, "mprotect"},
    Case{"map_shared", Errc::io, "mmap"});
INSTANTIATE_TEST_SUITE_P(Calls, Escape, kCalls, &name_of);
INSTANTIATE_TEST_SUITE_P(Calls, WeakEscape, kCalls, &name_of);

INSTANTIATE_TEST_SUITE_P(Files, Escape,
                         testing::Values(Case{"read", Errc::io, "open", Target::host_file},
                                         Case{"read_upwards", Errc::io, "open", Target::host_file},
                                         Case{"read_neighbours", Errc::io, "open"},
                                         Case{"read_own_memory", Errc::io, "open"},
                                         Case{"read_host_memory", Errc::io, "open", Target::host_process},
                                         Case{"read_host_maps", Errc::io, "open", Target::host_process},
                                         Case{"read_passwords", Errc::io, "open"},
                                         Case{"write", Errc::io, "open", Target::new_file},
                                         Case{"symlink", Errc::io, "symlink", Target::host_file},
                                         Case{"unseen", Errc::io, "open"}, Case{"unlink", Errc::io, "unlink"},
                                         Case{"look", Errc::io, "stat", Target::host_file},
                                         Case{"look_cunningly", Errc::io, "stat", Target::host_file}),
                         &name_of);

// docs/sandbox.md describes what stat_by_empty_path still reveals there.
INSTANTIATE_TEST_SUITE_P(Files, WeakEscape,
                         testing::Values(Case{"read", Errc::io, "open", Target::host_file},
                                         Case{"read_upwards", Errc::io, "open", Target::host_file},
                                         Case{"read_own_memory", Errc::io, "open"},
                                         Case{"read_host_memory", Errc::io, "open", Target::host_process},
                                         Case{"read_passwords", Errc::io, "open"},
                                         Case{"write", Errc::io, "open", Target::new_file},
                                         Case{"symlink", Errc::io, "symlink", Target::host_file},
                                         Case{"unseen", Errc::io, "open"}, Case{"unlink", Errc::io, "open"},
                                         Case{"look", Errc::io, "stat", Target::host_file}),
                         &name_of);

INSTANTIATE_TEST_SUITE_P(Resources, Escape,
                         testing::Values(Case{"spin", Errc::stalled, "no progress"},
                                         Case{"sleep", Errc::stalled, "no progress"},
                                         Case{"pretend", Errc::stalled, "no progress"},
                                         Case{"scratch", Errc::limit_exceeded, "temporary files"},
                                         Case{"scratch_files", Errc::limit_exceeded, "temporary files"},
                                         Case{"output", Errc::limit_exceeded, "output is larger"},
                                         Case{"abort", Errc::crashed}, Case{"fault", Errc::crashed},
                                         Case{"leave", Errc::crashed}),
                         &name_of);

INSTANTIATE_TEST_SUITE_P(
    Protocol, Escape,
    testing::Values(Case{"garbage", Errc::forbidden}, Case{"empty_packets", Errc::crashed},
                    Case{"endless_message", Errc::limit_exceeded, "description of the file is larger"},
                    Case{"send_descriptors", Errc::forbidden},
                    Case{"huge_answer", Errc::limit_exceeded, "description of the file is larger"},
                    Case{"warnings", Errc::stalled, "no progress"}, Case{"create_outside", Errc::forbidden},
                    Case{"claim_output", Errc::forbidden}),
    &name_of);

// ThreadSanitizer runs a thread in the zygote, so that workers cannot have user namespaces and the number of
// their threads is not limited.
#ifndef __SANITIZE_THREAD__
INSTANTIATE_TEST_SUITE_P(Threads, Escape, testing::Values(Case{"threads", Errc::io, "temporarily"}),
                         &name_of);
#endif

// Sanitizers map terabytes, so that memory is not limited, and need the standard error stream.
#ifndef CONVERT_SANITIZED
INSTANTIATE_TEST_SUITE_P(
    NotSanitized, Escape,
    testing::Values(Case{"allocate", Errc::limit_exceeded, "more memory than the limit"},
                    Case{"map_memory", Errc::limit_exceeded, "more memory than the limit"},
                    Case{"map_stacks", Errc::forbidden}, Case{"hide_memory", Errc::io, "mprotect"},
                    Case{"map_tables", Errc::io, "mmap"}, Case{"descriptors", Errc::io, "no other file"}),
    &name_of);
#endif

/// The worker writes to the file directly, without the counting Writer.
TEST(EscapeLimits, CountsBytesWrittenToADescriptor) {
  const TemporaryFolder scratch, folder;
  const auto sandbox = small_sandbox(ESCAPE_WORKER, scratch.path());
  ConvertOptions options;
  options.limits = Limits();
  options.limits->output_bytes = std::uint64_t{64} << 20;
  const auto input = tone(0.1);
  const auto reader = memory_reader(input);
  const Input one{reader.get(), "input"};
  const auto report = sandbox->convert(std::span(&one, 1), *file_output(folder / "endless"),
                                       attempt("output_directly", "none"), options);
  ASSERT_FALSE(report);
  EXPECT_EQ(report.error().code, Errc::limit_exceeded) << report.error().message;
  EXPECT_THAT(report.error().message, testing::HasSubstr("output is larger"));
  EXPECT_THAT(folder.names(), testing::IsEmpty());
}

/// The host may change the thread budget of a running converter.
TEST(EscapeLimits, ThreadBudgetChangesDuringACall) {
  const TemporaryFolder scratch;
  const auto sandbox = small_sandbox(ESCAPE_WORKER, scratch.path());
  std::atomic<unsigned> budget = 2;
  ConvertOptions options;
  options.thread_budget = [&] { return budget.load(); };
  options.progress = [&](const Progress&) { budget = 3; };
  const auto made = convert_in_memory(*sandbox, tone(0.1), attempt("more_threads", "none"), options);
  ASSERT_TRUE(made.report) << made.report.error().message;
  EXPECT_EQ(made.report->warnings.at(0).message, "2, 3");
}

/// The limit of a single worker on processor time.
TEST(EscapeLimits, EndsAWorkerOverItsProcessorTime) {
  const TemporaryFolder scratch;
  SandboxOptions options;
  options.worker_program = ESCAPE_WORKER;
  options.temporary_folder = scratch.path();
  options.limits.cpu_time = std::chrono::seconds(1);
  const auto sandbox = Sandbox::start(std::move(options));
  ASSERT_TRUE(sandbox) << sandbox.error().message;
  const auto made = convert_in_memory(**sandbox, tone(0.1), attempt("spin", "none"));
  ASSERT_FALSE(made.report);
  EXPECT_EQ(made.report.error().code, Errc::limit_exceeded);
  EXPECT_THAT(made.report.error().message, testing::HasSubstr("processor time"));
}

TEST(EscapeLimits, RemovesTheScratchFolder) {
  const TemporaryFolder scratch;
  {
    const auto sandbox = small_sandbox(ESCAPE_WORKER, scratch.path());
    (void)convert_in_memory(*sandbox, tone(0.1), attempt("unlink", "none"));
  }
  EXPECT_THAT(scratch.names(), testing::IsEmpty());
}

}  // namespace
}  // namespace convert::test

// As root of a user namespace without other users, like a container without privileges.

namespace convert::test {
namespace {

CommandResult run_rootless(const std::string& command) {
  std::string line = "unshare --user --map-root-user ";
  line += command;
  return run(line);
}

/// Runs these tests again in such a namespace.
TEST(Rootless, NothingEscapes) {
  SKIP_WITHOUT_PROGRAMS("unshare");
  if (run_rootless("true").status != 0) GTEST_SKIP() << "unshare --user is refused here";
  const auto self = std::filesystem::read_symlink("/proc/self/exe");
  const auto ran = run_rootless(quoted(self) +
                                " --gtest_filter='Calls/Escape.*:Files/Escape.*:Protocol/*:NotSanitized/*' "
                                "--gtest_brief=1");
  EXPECT_EQ(ran.status, 0) << ran.output;
  EXPECT_THAT(ran.output, testing::HasSubstr("PASSED"));
}

}  // namespace
}  // namespace convert::test
