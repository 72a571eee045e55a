// SPDX-License-Identifier: MIT
#include "stop_signal.hpp"

#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstdint>
#include <ctime>
#include <thread>
#include <utility>

#include "command_line.hpp"

namespace convert_file {
namespace {

constexpr std::time_t kStopTimeoutSeconds = 2;

constexpr int kWakeSignal = SIGUSR1;  // wakes the signal thread for the destructor

/// Excludes signals that were ignored at the start (nohup, background jobs).
sigset_t stopping_signals() {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, kWakeSignal);
  for (const int number : {SIGINT, SIGTERM, SIGHUP}) {
    struct sigaction present {};
    ::sigaction(number, nullptr, &present);
    if (present.sa_handler != SIG_IGN) sigaddset(&signals, number);
  }
  return signals;
}

/// Reads from a pipe until the `stop` descriptor is readable.
class InterruptibleReader : public convert::Reader {
 public:
  InterruptibleReader(std::unique_ptr<convert::Reader> source, int descriptor, int stop)
      : source_(std::move(source)), descriptor_(descriptor), stop_(stop) {}

  std::optional<std::uint64_t> size() const override { return source_->size(); }
  bool seekable() const override { return false; }
  convert::Result<std::size_t> read_at(std::uint64_t offset, std::span<std::byte> into) override {
    pollfd waiting[]{{descriptor_, POLLIN, 0}, {stop_, POLLIN, 0}};
    while (::poll(waiting, 2, -1) < 0) {
      if (errno != EINTR) break;  // read_at reports the error
    }
    if (waiting[1].revents != 0) {
      return convert::Error{convert::Errc::cancelled, "Stopped by a signal while waiting for input."};
    }
    return source_->read_at(offset, into);
  }

 private:
  std::unique_ptr<convert::Reader> source_;
  int descriptor_;
  int stop_;
};

}  // namespace

struct StopSignal::State {
  sigset_t signals = stopping_signals();
  int event = ::eventfd(0, EFD_CLOEXEC);
  std::stop_source source;
  std::atomic<bool> over = false;
  std::thread thread;

  void wait() {
    int number = kWakeSignal;
    while (number == kWakeSignal && !over) sigwait(&signals, &number);
    if (over) return;
    source.request_stop();
    const std::uint64_t one = 1;
    if (::write(event, &one, sizeof one) < 0) return;
    const timespec stop_timeout{kStopTimeoutSeconds, 0};
    while (sigtimedwait(&signals, nullptr, &stop_timeout) < 0 && errno == EINTR) {
    }
    // Not exit(): other threads still run. Incomplete output files have no name and disappear.
    if (!over) ::_exit(static_cast<int>(ExitCode::cancelled));
  }
};

StopSignal::StopSignal() : state_(std::make_unique<State>()) {
  // A closed pipe is reported as an error.
  ::signal(SIGPIPE, SIG_IGN);
  pthread_sigmask(SIG_BLOCK, &state_->signals, nullptr);
  state_->thread = std::thread([state = state_.get()] { state->wait(); });
}

StopSignal::~StopSignal() {
  state_->over = true;
  pthread_kill(state_->thread.native_handle(), kWakeSignal);
  state_->thread.join();
  ::close(state_->event);
}

std::stop_token StopSignal::token() const { return state_->source.get_token(); }

std::unique_ptr<convert::Reader> StopSignal::standard_input() const {
  auto reader = convert::descriptor_reader(STDIN_FILENO);
  if (reader->seekable()) return reader;
  return std::make_unique<InterruptibleReader>(std::move(reader), STDIN_FILENO, state_->event);
}

}  // namespace convert_file
