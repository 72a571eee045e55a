// SPDX-License-Identifier: MIT
// A converter that was taken over (escape_worker) tries to get out of a Sandbox, while somebody else
// converts in it: each attempt ends with an Error, and the neighbour does not notice.
#include <sys/resource.h>
#include <unistd.h>

#include <atomic>
#include <fstream>
#include <iostream>

#include "sandbox/neighbour.hpp"
#include "sandbox/support.hpp"
#include "support/temporary_folder.hpp"

namespace convert::test {
namespace {

enum class Target { none, host_process, host_file, new_file };

struct Case {
  const char* attempt;
  Errc code;
  const char* message = "";  ///< what the message says, among other things
  Target target = Target::none;
};

std::ostream& operator<<(std::ostream& out, const Case& one) { return out << one.attempt; }

class Escape : public testing::TestWithParam<Case> {
 protected:
  /// The attempt of GetParam, in a Sandbox of that worker program.
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
  ASSERT_FALSE(made.report) << "It got out.";
  const Error& error = made.report.error();
  EXPECT_EQ(error.code, GetParam().code) << error.message;
  EXPECT_THAT(error.message, testing::HasSubstr(GetParam().message));
  EXPECT_THAT(error.message, IsASentence());
  EXPECT_TRUE(made.output.empty());
  EXPECT_THAT(folder_.names(), testing::ElementsAre("secret"));
  EXPECT_EQ(sandbox->statistics().zygotes_started, 1u);
}

TEST_P(Escape, IsStoppedAndTold) { try_in(ESCAPE_WORKER); }

/// With seccomp and limits alone: no Landlock, no namespaces, no root folder of its own.
class WeakEscape : public Escape {};
TEST_P(WeakEscape, IsStoppedAndTold) { try_in(WEAK_ESCAPE_WORKER); }

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

// What it can still see of a file there, by looking cunningly, is said in docs/sandbox.md.
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
                         testing::Values(Case{"spin", Errc::stalled, "stall"},
                                         Case{"sleep", Errc::stalled, "stall"},
                                         Case{"pretend", Errc::stalled, "stall"},
                                         Case{"scratch", Errc::limit_exceeded, "scratch_bytes"},
                                         Case{"scratch_files", Errc::limit_exceeded, "scratch_bytes"},
                                         Case{"output", Errc::limit_exceeded, "output_bytes"},
                                         Case{"abort", Errc::crashed}, Case{"fault", Errc::crashed},
                                         Case{"leave", Errc::crashed}),
                         &name_of);

INSTANTIATE_TEST_SUITE_P(Talk, Escape,
                         testing::Values(Case{"garbage", Errc::forbidden},
                                         Case{"empty_packets", Errc::crashed},
                                         Case{"endless_message", Errc::limit_exceeded, "answer_bytes"},
                                         Case{"send_descriptors", Errc::forbidden},
                                         Case{"huge_answer", Errc::limit_exceeded, "answer_bytes"},
                                         Case{"warnings", Errc::stalled, "stall"},
                                         Case{"create_outside", Errc::forbidden},
                                         Case{"claim_output", Errc::forbidden}),
                         &name_of);

// ThreadSanitizer has a thread of its own in the zygote, which then can make no user namespaces: their
// workers' threads are not bounded.
#ifndef __SANITIZE_THREAD__
INSTANTIATE_TEST_SUITE_P(Threads, Escape, testing::Values(Case{"threads", Errc::io, "temporarily"}),
                         &name_of);
#endif

// Sanitizers map terabytes, so that there is no bound on memory, and keep the standard error stream.
#ifndef CONVERT_SANITIZED
INSTANTIATE_TEST_SUITE_P(NotSanitized, Escape,
                         testing::Values(Case{"allocate", Errc::limit_exceeded, "memory_bytes"},
                                         Case{"map_memory", Errc::limit_exceeded, "memory_bytes"},
                                         Case{"map_stacks", Errc::forbidden},
                                         Case{"hide_memory", Errc::io, "mprotect"},
                                         Case{"map_tables", Errc::io, "mmap"},
                                         Case{"descriptors", Errc::io, "no file but its own"}),
                         &name_of);
#endif

/// Into the file that it was given, past everything that counts in the worker.
TEST(EscapeLimits, OutputBytesOfADescriptor) {
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
  EXPECT_THAT(report.error().message, testing::HasSubstr("output_bytes"));
  EXPECT_THAT(folder.names(), testing::IsEmpty());
}

/// What a good converter relies on: its share of the threads is the host's to change while it runs.
TEST(EscapeLimits, ThreadsChangeWhileItRuns) {
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

/// A worker's own limit on processor time, where it makes progress all the while.
TEST(EscapeLimits, ProcessorTime) {
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
  EXPECT_THAT(made.report.error().message, testing::HasSubstr("processor_time"));
}

/// Nothing of a scratch folder outlives its worker.
TEST(EscapeLimits, ScratchIsRemoved) {
  const TemporaryFolder scratch;
  {
    const auto sandbox = small_sandbox(ESCAPE_WORKER, scratch.path());
    (void)convert_in_memory(*sandbox, tone(0.1), attempt("unlink", "none"));
  }
  EXPECT_THAT(scratch.names(), testing::IsEmpty());
}

}  // namespace
}  // namespace convert::test
