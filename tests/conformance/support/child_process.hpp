// SPDX-License-Identifier: MIT
#pragma once

#include <poll.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <functional>
#include <optional>
#include <utility>

#include "conformance/support/suite_support.hpp"

namespace convert::conformance {

/// A forked process that runs a function of the test and sends it numbers through a pipe. Killed when this is
/// destroyed. Create it while the test has no other thread.
class ChildProcess {
 public:
  using Send = std::function<void(std::uint64_t)>;

  /// The result of `work` is the exit status.
  explicit ChildProcess(const std::function<int(const Send&)>& work) {
    int ends[2] = {-1, -1};
    if (::pipe(ends) != 0) std::abort();
    process_ = ::fork();
    if (process_ < 0) std::abort();
    if (process_ == 0) {
      ::close(ends[0]);
      const Send send = [to = ends[1]](std::uint64_t number) {
        if (::write(to, &number, sizeof number) != sizeof number) ::_exit(kPipeError);
      };
      ::_exit(work(send));
    }
    ::close(ends[1]);
    from_ = ends[0];
  }
  ChildProcess(ChildProcess&& other) noexcept
      : process_(std::exchange(other.process_, -1)), from_(std::exchange(other.from_, -1)) {}
  ChildProcess& operator=(ChildProcess&&) = delete;
  ~ChildProcess() {
    kill();
    if (from_ >= 0) ::close(from_);
  }

  /// The next number that it sends; nothing if it has ended, or sends nothing before the deadline.
  std::optional<std::uint64_t> receive() {
    pollfd entry{from_, POLLIN, 0};
    const auto wait = std::chrono::duration_cast<std::chrono::milliseconds>(kDeadline);
    std::uint64_t number = 0;
    if (::poll(&entry, 1, static_cast<int>(wait.count())) != 1) return {};
    if (::read(from_, &number, sizeof number) != sizeof number) return {};
    return number;
  }

  /// Kills it with SIGKILL.
  void kill() {
    if (process_ > 0) ::kill(process_, SIGKILL);
    (void)wait();
  }

  /// Waits for its end. Returns the exit status, or the negative number of the signal that ended it.
  int wait() {
    const pid_t process = std::exchange(process_, -1);
    if (process <= 0) return kPipeError;
    int status = 0;
    while (::waitpid(process, &status, 0) < 0) {
      if (errno != EINTR) return kPipeError;
    }
    return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
  }

 private:
  static constexpr int kPipeError = 99;
  pid_t process_ = -1;
  int from_ = -1;
};

}  // namespace convert::conformance
