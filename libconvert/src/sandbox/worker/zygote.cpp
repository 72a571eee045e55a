// SPDX-License-Identifier: MIT
#include "sandbox/worker/zygote.hpp"

#include <fmt/format.h>
#include <poll.h>
#include <signal.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>

#include "base/try.hpp"
#include "sandbox/confinement/scratch_folder.hpp"
#include "sandbox/protocol/messages.hpp"
#include "sandbox/protocol/zygote_settings.hpp"

namespace convert::sandbox {
namespace {

constexpr std::uint32_t kMaxForksAtOnce = 1'024;

Result<void> wait_for_any(std::vector<pollfd>& entries) {
  while (::poll(entries.data(), entries.size(), -1) < 0) {
    if (errno != EINTR) return base::system_error(errno, "Waiting for the host failed");
  }
  return {};
}

}  // namespace

Result<void> Zygote::run() {
  for (;;) {
    std::vector<pollfd> entries{{channel_.descriptor(), POLLIN, 0}};
    for (const Child& child : children_) entries.push_back({child.pidfd.get(), POLLIN, 0});
    CONVERT_TRY(wait_for_any(entries));

    std::vector<Child> alive;
    for (std::size_t i = 0; i < children_.size(); ++i) {
      CONVERT_TRY_ASSIGN(const auto gone,
                         entries[i + 1].revents != 0 ? reap(children_[i]) : Result<bool>(false));
      if (!gone) alive.push_back(std::move(children_[i]));
    }
    children_ = std::move(alive);
    if (entries.front().revents == 0) continue;
    const auto more = handle_command();
    if (!more && more.error().code != Errc::unavailable) return more.error();
    if (!more || !*more) return kill_all();
  }
}

/// Handles a message from the host. False if the host has closed the channel.
Result<bool> Zygote::handle_command() {
  const auto packet = channel_.receive();
  if (!packet) {
    if (packet.error().code == Errc::not_found) return false;
    return packet.error();
  }
  CONVERT_TRY_ASSIGN(const auto command, parse_message<ForkWorkers>(*packet));
  for (std::uint32_t i = 0; i < std::min(command.count, kMaxForksAtOnce); ++i) {
    CONVERT_TRY(fork_one());
  }
  return true;
}

Result<void> Zygote::fork_one() {
  auto ends = Channel::pair();
  if (!ends) return report_fork_failure(EMFILE);
  WorkerReady ready{0, fmt::format("worker-{}", ++forked_)};
  auto scratch = make_scratch_folder(scratch_root_, ready.scratch, random_device_);
  if (!scratch) return report_fork_failure(EIO);
  ready.pid = ::fork();
  if (ready.pid == 0) {
    worker_function_(std::move(*scratch), std::move(ends->second));
    ::_exit(kExitNotConfined);
  }
  if (ready.pid < 0) {
    const int code = errno;
    remove_scratch(scratch_root_, ready.scratch);
    return report_fork_failure(code);
  }
  // Without a pidfd its end would not be noticed. The worker ends, since its channel closes here.
  base::Descriptor pidfd(static_cast<int>(::syscall(SYS_pidfd_open, ready.pid, 0u)));
  if (!pidfd) return base::system_error(errno, "Cannot watch a worker");
  const std::array<int, 2> handed{ends->first.get(), pidfd.get()};
  children_.push_back({ready.pid, std::move(pidfd)});
  return send_message(channel_, ready, handed);
}

/// Workers end with their channels, but a compromised one may not. In a PID namespace without an init process
/// it would stay.
Result<void> Zygote::kill_all() {
  for (const Child& child : children_) {
    (void)::syscall(SYS_pidfd_send_signal, child.pidfd.get(), SIGKILL, nullptr, 0);
    while (::waitpid(child.pid, nullptr, 0) < 0) {
      if (errno != EINTR) return base::system_error(errno, "Waiting for a worker failed");
    }
  }
  return {};
}

/// The host expects one message per requested worker.
Result<void> Zygote::report_fork_failure(int code) { return send_message(channel_, WorkerExited{0, code}); }

Result<bool> Zygote::reap(const Child& child) {
  int status = 0;
  const pid_t pid = ::waitpid(child.pid, &status, WNOHANG);
  if (pid == 0) return false;
  if (pid < 0) return base::system_error(errno, "Waiting for a worker failed");
  if (auto reported = send_message(channel_, WorkerExited{child.pid, status});
      !reported && reported.error().code != Errc::unavailable) {
    return reported.error();
  }
  return true;
}

}  // namespace convert::sandbox
