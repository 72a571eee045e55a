// SPDX-License-Identifier: MIT
#include "sandbox/host/zygote_process.hpp"

#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <span>
#include <utility>

#include "sandbox/host/worker_process.hpp"
#include "sandbox/protocol/serialization.hpp"

namespace convert::sandbox {
namespace {

constexpr int kFirstHighNumber = 16;        // above the numbers that dup2 sets in the child
constexpr std::size_t kStderrBytes = 4096;  // of its standard error stream
constexpr auto kZygoteExitTimeout = std::chrono::seconds(5);

/// The actions of posix_spawn in the child.
class SpawnActions {
 public:
  SpawnActions() { ::posix_spawn_file_actions_init(&actions_); }
  ~SpawnActions() { ::posix_spawn_file_actions_destroy(&actions_); }
  SpawnActions(const SpawnActions&) = delete;
  SpawnActions& operator=(const SpawnActions&) = delete;

  void open_null(int as) {
    ::posix_spawn_file_actions_addopen(&actions_, as, "/dev/null", as == 0 ? O_RDONLY : O_WRONLY, 0);
  }
  void pass(const base::Descriptor& descriptor, int as) {
    ::posix_spawn_file_actions_adddup2(&actions_, descriptor.get(), as);
  }
  void close_from(int first) { ::posix_spawn_file_actions_addclosefrom_np(&actions_, first); }
  const posix_spawn_file_actions_t* get() const { return &actions_; }

 private:
  posix_spawn_file_actions_t actions_{};
};

/// The attributes of the child: default signals, its own session.
class SpawnAttributes {
 public:
  SpawnAttributes() {
    ::posix_spawnattr_init(&attributes_);
    sigset_t signals;
    ::sigemptyset(&signals);
    ::posix_spawnattr_setsigmask(&attributes_, &signals);
    ::sigfillset(&signals);
    ::posix_spawnattr_setsigdefault(&attributes_, &signals);
    ::posix_spawnattr_setflags(&attributes_,
                               POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSID);
  }
  ~SpawnAttributes() { ::posix_spawnattr_destroy(&attributes_); }
  SpawnAttributes(const SpawnAttributes&) = delete;
  SpawnAttributes& operator=(const SpawnAttributes&) = delete;
  const posix_spawnattr_t* get() const { return &attributes_; }

 private:
  posix_spawnattr_t attributes_{};
};

base::Descriptor move_to_high_number(const base::Descriptor& descriptor) {
  return base::Descriptor(::fcntl(descriptor.get(), F_DUPFD_CLOEXEC, kFirstHighNumber));
}

/// A file in memory of fixed size, so that workers cannot grow it.
base::Descriptor make_stderr_file() {
  base::Descriptor file(::memfd_create("convert-worker", MFD_CLOEXEC | MFD_ALLOW_SEALING));
  if (!file || ::ftruncate(file.get(), kStderrBytes) != 0) return {};
  (void)::fcntl(file.get(), F_ADD_SEALS, F_SEAL_GROW | F_SEAL_SHRINK);
  return file;
}

/// Waits by pidfd: if the host reaped all its children, the number may belong to another process.
void reap(const base::Descriptor& process) {
  siginfo_t ended{};
  while (::waitid(P_PIDFD, static_cast<id_t>(process.get()), &ended, WEXITED) < 0 && errno == EINTR) {
  }
}

}  // namespace

Result<ZygoteProcess> ZygoteProcess::start(const std::filesystem::path& program,
                                           const ZygoteSettings& settings, base::Descriptor channel,
                                           const std::filesystem::path& scratch_root) {
  const base::Descriptor high_channel = move_to_high_number(channel);
  const base::Descriptor high_scratch =
      move_to_high_number(base::open_path(scratch_root, O_PATH | O_DIRECTORY | O_NOFOLLOW));
  base::Descriptor high_stderr = move_to_high_number(make_stderr_file());
  if (!high_channel || !high_scratch || !high_stderr) {
    return base::system_error(errno, "Cannot start the worker program");
  }
  SpawnActions actions;
  actions.open_null(STDIN_FILENO);
  actions.open_null(STDOUT_FILENO);
  actions.pass(high_stderr, STDERR_FILENO);
  actions.pass(high_channel, kZygoteChannelFd);
  actions.pass(high_scratch, kScratchRootFd);
  actions.close_from(kScratchRootFd + 1);
  const SpawnAttributes attributes;
  std::string name = "convert-worker";
  std::string argument = to_argument(settings);
  const std::array<char*, 3> arguments{name.data(), argument.data(), nullptr};
  // Symbols are bound once in the zygote, not in each worker at their first use.
  std::string bind_now = "LD_BIND_NOW=1";
  const std::array<char*, 2> environment{bind_now.data(), nullptr};
  pid_t pid = 0;
  const int failed = ::posix_spawn(&pid, program.c_str(), actions.get(), attributes.get(), arguments.data(),
                                   environment.data());
  if (failed != 0) return base::system_error(failed, "Cannot start the worker program");
  base::Descriptor process(static_cast<int>(::syscall(SYS_pidfd_open, pid, 0)));
  if (!process) {
    const int code = errno;
    ::kill(pid, SIGKILL);
    while (::waitpid(pid, nullptr, 0) < 0 && errno == EINTR) {
    }
    return base::system_error(code, "Cannot watch the worker program");
  }
  return ZygoteProcess(pid, std::move(process), std::move(high_stderr));
}

ZygoteProcess::~ZygoteProcess() {
  if (!process_) return;  // moved from
  if (!has_ended(process_, kZygoteExitTimeout)) kill(process_);
  reap(process_);
}

std::string ZygoteProcess::stderr_text() const {
  std::string text(kStderrBytes, '\0');
  const auto count = base::read_some_at(stderr_file_.get(), 0, std::as_writable_bytes(std::span(text)));
  text.resize(count.value_or(std::size_t{0}));
  text.resize(std::min(text.size(), text.find('\0')));
  return one_line_text(std::move(text));
}

}  // namespace convert::sandbox
