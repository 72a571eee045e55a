// SPDX-License-Identifier: MIT
#include "sandbox/zygote_process.hpp"

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

#include "sandbox/text.hpp"
#include "sandbox/worker.hpp"

namespace convert::sandbox {
namespace {

constexpr int kAboveAll = 16;         // descriptors that dup2 in the child must not meet
constexpr std::size_t kWords = 4096;  // of its standard error stream
constexpr auto kZygoteExitTimeout = std::chrono::seconds(5);

/// What posix_spawn does in the child.
class SpawnActions {
 public:
  SpawnActions() { ::posix_spawn_file_actions_init(&actions_); }
  ~SpawnActions() { ::posix_spawn_file_actions_destroy(&actions_); }
  SpawnActions(const SpawnActions&) = delete;
  SpawnActions& operator=(const SpawnActions&) = delete;

  void open_null(int as) {
    ::posix_spawn_file_actions_addopen(&actions_, as, "/dev/null", as == 0 ? O_RDONLY : O_WRONLY, 0);
  }
  void pass(const io::Descriptor& descriptor, int as) {
    ::posix_spawn_file_actions_adddup2(&actions_, descriptor.get(), as);
  }
  void close_from(int first) { ::posix_spawn_file_actions_addclosefrom_np(&actions_, first); }
  const posix_spawn_file_actions_t* get() const { return &actions_; }

 private:
  posix_spawn_file_actions_t actions_{};
};

/// As what posix_spawn starts the child: with nothing of how this process treats signals and terminals.
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

io::Descriptor out_of_the_way(const io::Descriptor& descriptor) {
  return io::Descriptor(::fcntl(descriptor.get(), F_DUPFD_CLOEXEC, kAboveAll));
}

/// A file in memory that can't grow, whatever a worker writes to it.
io::Descriptor file_for_words() {
  io::Descriptor file(::memfd_create("convert-worker", MFD_CLOEXEC | MFD_ALLOW_SEALING));
  if (!file || ::ftruncate(file.get(), kWords) != 0) return {};
  (void)::fcntl(file.get(), F_ADD_SEALS, F_SEAL_GROW | F_SEAL_SHRINK);
  return file;
}

/// By its pidfd: this process may have waited for all its children, and the number be another's by now.
void reap(const io::Descriptor& process) {
  siginfo_t ended{};
  while (::waitid(P_PIDFD, static_cast<id_t>(process.get()), &ended, WEXITED) < 0 && errno == EINTR) {
  }
}

}  // namespace

Result<ZygoteProcess> ZygoteProcess::start(const std::filesystem::path& program,
                                           const ZygoteSettings& settings, io::Descriptor channel,
                                           const std::filesystem::path& scratch_root) {
  const io::Descriptor near_channel = out_of_the_way(channel);
  const io::Descriptor near_scratch =
      out_of_the_way(io::open_path(scratch_root, O_PATH | O_DIRECTORY | O_NOFOLLOW));
  io::Descriptor near_words = out_of_the_way(file_for_words());
  if (!near_channel || !near_scratch || !near_words) {
    return io::system_error(errno, "Cannot start the worker program");
  }
  SpawnActions actions;
  actions.open_null(STDIN_FILENO);
  actions.open_null(STDOUT_FILENO);
  actions.pass(near_words, STDERR_FILENO);
  actions.pass(near_channel, kZygoteChannel);
  actions.pass(near_scratch, kScratchRoot);
  actions.close_from(kScratchRoot + 1);
  const SpawnAttributes attributes;
  std::string name = "convert-worker";
  std::string word = to_word(settings);
  const std::array<char*, 3> arguments{name.data(), word.data(), nullptr};
  // Symbols are looked up once, here, instead of in each worker when it first calls them.
  std::string at_once = "LD_BIND_NOW=1";
  const std::array<char*, 2> environment{at_once.data(), nullptr};
  pid_t pid = 0;
  const int failed = ::posix_spawn(&pid, program.c_str(), actions.get(), attributes.get(), arguments.data(),
                                   environment.data());
  if (failed != 0) return io::system_error(failed, "Cannot start the worker program");
  io::Descriptor process(static_cast<int>(::syscall(SYS_pidfd_open, pid, 0)));
  if (!process) {
    const int code = errno;
    ::kill(pid, SIGKILL);
    while (::waitpid(pid, nullptr, 0) < 0 && errno == EINTR) {
    }
    return io::system_error(code, "Cannot watch the worker program");
  }
  return ZygoteProcess(pid, std::move(process), std::move(near_words));
}

ZygoteProcess::~ZygoteProcess() {
  if (!process_) return;  // moved from
  if (!has_ended(process_, kZygoteExitTimeout)) kill(process_);
  reap(process_);
}

std::string ZygoteProcess::said() const {
  std::string text(kWords, '\0');
  const auto count = io::read_some_at(words_.get(), 0, std::as_writable_bytes(std::span(text)));
  text.resize(count.value_or(std::size_t{0}));
  text.resize(std::min(text.size(), text.find('\0')));
  return one_sentence(std::move(text));
}

}  // namespace convert::sandbox
