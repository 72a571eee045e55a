// SPDX-License-Identifier: MIT
#pragma once

#include <signal.h>
#include <time.h>

#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>
#include <string_view>
#include <utility>

#include <convert/result.hpp>

/// The few system calls that the files of this room share, with what they leave to every caller:
/// interrupted calls, short writes, descriptors that do not block, and errors as sentences.
namespace convert::base {

/// Owns a file descriptor.
class Descriptor {
 public:
  Descriptor() = default;
  explicit Descriptor(int number) : number_(number) {}
  Descriptor(Descriptor&& other) noexcept : number_(std::exchange(other.number_, -1)) {}
  Descriptor& operator=(Descriptor&& other) noexcept {
    std::swap(number_, other.number_);
    return *this;
  }
  ~Descriptor();

  int get() const { return number_; }
  int release() { return std::exchange(number_, -1); }
  explicit operator bool() const { return number_ >= 0; }

 private:
  int number_ = -1;
};

/// "<what>: <the system's reason>.", with a hint where one helps; full disks are retryable.
Error system_error(int code, std::string_view what);

/// Opens, and opens again when a signal came between. The caller looks at errno.
Descriptor open_path(const std::filesystem::path& path, int flags, unsigned mode = 0);

/// Up to `into.size()` bytes; 0 at the end.
Result<std::size_t> read_some(int descriptor, std::span<std::byte> into);
Result<std::size_t> read_some_at(int descriptor, std::uint64_t offset, std::span<std::byte> into);

/// All of `from`, or an error. Into a pipe that nobody reads it is an error too, and no SIGPIPE.
Result<void> write_all(int descriptor, std::span<const std::byte> from);
Result<void> write_all_at(int descriptor, std::uint64_t offset, std::span<const std::byte> from);

/// Keeps a write into a broken pipe from ending the process, in this thread only: the disposition of
/// signals belongs to the host. Who sees EPIPE says so by `discard_pending`.
class SigpipeBlocker {
 public:
  SigpipeBlocker() {
    ::sigemptyset(&pipe_);
    ::sigaddset(&pipe_, SIGPIPE);
    sigset_t pending;
    ::sigpending(&pending);
    was_pending_ = ::sigismember(&pending, SIGPIPE) == 1;
    ::pthread_sigmask(SIG_BLOCK, &pipe_, &before_);
  }
  ~SigpipeBlocker() {
    if (broken_ && !was_pending_) {
      const timespec now{};
      while (::sigtimedwait(&pipe_, nullptr, &now) < 0 && errno == EINTR) {
      }
    }
    ::pthread_sigmask(SIG_SETMASK, &before_, nullptr);
  }
  SigpipeBlocker(const SigpipeBlocker&) = delete;
  SigpipeBlocker& operator=(const SigpipeBlocker&) = delete;
  void discard_pending() { broken_ = true; }

 private:
  sigset_t pipe_{};
  sigset_t before_{};
  bool was_pending_ = false;
  bool broken_ = false;
};

}  // namespace convert::base
