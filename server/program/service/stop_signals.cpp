// SPDX-License-Identifier: MIT
#include "service/stop_signals.hpp"

#include <cerrno>
#include <csignal>
#include <ctime>

namespace convertd {
namespace {

sigset_t stop_signals() {
  sigset_t signals;
  ::sigemptyset(&signals);
  ::sigaddset(&signals, SIGINT);
  ::sigaddset(&signals, SIGTERM);
  ::sigaddset(&signals, SIGHUP);
  return signals;
}

}  // namespace

void mask_stop_signals(int how) {
  const sigset_t signals = stop_signals();
  ::pthread_sigmask(how, &signals, nullptr);
}

bool is_ignored(int signal) {
  struct sigaction action {};
  return ::sigaction(signal, nullptr, &action) == 0 && action.sa_handler == SIG_IGN;
}

bool stop_signal_within(std::chrono::milliseconds time) {
  sigset_t signals = stop_signals();
  if (is_ignored(SIGHUP)) ::sigdelset(&signals, SIGHUP);
  const auto end = std::chrono::steady_clock::now() + time;
  for (;;) {
    const auto left = std::chrono::ceil<std::chrono::nanoseconds>(end - std::chrono::steady_clock::now());
    if (left.count() <= 0) return false;
    constexpr std::chrono::nanoseconds::rep kSecond = 1'000'000'000;
    const timespec patience{left.count() / kSecond, left.count() % kSecond};
    if (::sigtimedwait(&signals, nullptr, &patience) > 0) return true;
    if (errno != EINTR) return false;
  }
}

}  // namespace convertd
