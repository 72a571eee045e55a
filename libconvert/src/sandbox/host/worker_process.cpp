// SPDX-License-Identifier: MIT
#include "sandbox/host/worker_process.hpp"

#include <fmt/format.h>
#include <poll.h>
#include <signal.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <fstream>
#include <limits>
#include <string>

#include "sandbox/host/scratch_root.hpp"

namespace convert::sandbox {
namespace {

using Clock = std::chrono::steady_clock;
constexpr auto kExitTimeout = std::chrono::seconds(1);

}  // namespace

void ExitStatus::set(int status) {
  const std::lock_guard lock(mutex_);
  status_ = status;
  changed_.notify_all();
}

void ExitStatus::set_unknown() {
  const std::lock_guard lock(mutex_);
  unknown_ = true;
  changed_.notify_all();
}

std::optional<int> ExitStatus::wait(std::chrono::milliseconds patience) {
  std::unique_lock lock(mutex_);
  changed_.wait_for(lock, patience, [this] { return status_ || unknown_; });
  return status_;
}

bool ExitStatus::unknown() const {
  const std::lock_guard lock(mutex_);
  return unknown_;
}

Worker::~Worker() {
  kill(process);
  if (!exit_status->unknown() || scratch.empty()) return;
  (void)has_ended(process, kExitTimeout);
  remove_folder(scratch);
}

void kill(const base::Descriptor& process) {
  // Fails only if the process has ended already.
  if (process) (void)::syscall(SYS_pidfd_send_signal, process.get(), SIGKILL, nullptr, 0);
}

bool has_ended(const base::Descriptor& process, std::chrono::milliseconds patience) {
  const auto latest = Clock::now() + patience;
  for (;;) {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(latest - Clock::now());
    pollfd entry{process.get(), POLLIN, 0};
    const int ready = ::poll(&entry, 1, static_cast<int>(std::max<std::int64_t>(left.count(), 0)));
    if (ready > 0) return true;
    if (ready == 0 || errno != EINTR) return false;
  }
}

namespace {

std::uint64_t from_rollup(pid_t process) {
  std::ifstream file(fmt::format("/proc/{}/smaps_rollup", process));
  for (std::string word; file >> word;) {
    std::uint64_t kibibytes = 0;
    if (word == "Pss:" && file >> kibibytes) return kibibytes * 1024;
    file.ignore(std::numeric_limits<std::streamsize>::max(), '\n');
  }
  return 0;
}

std::uint64_t from_pages(pid_t process) {
  std::ifstream file(fmt::format("/proc/{}/statm", process));
  std::uint64_t size = 0;
  std::uint64_t resident = 0;
  std::uint64_t shared = 0;
  if (!(file >> size >> resident >> shared) || resident < shared) return 0;
  return (resident - shared) * static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
}

}  // namespace

std::uint64_t proportional_memory(pid_t process) {
  const std::uint64_t proportional = from_rollup(process);
  return proportional > 0 ? proportional : from_pages(process);
}

}  // namespace convert::sandbox
