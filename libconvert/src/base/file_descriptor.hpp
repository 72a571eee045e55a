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

/// File descriptors and the system calls on them. These functions retry interrupted calls, complete short
/// writes, wait for non-blocking descriptors and return errors with a message for the user.
namespace convert::base {

/// Owns a file descriptor; closes it when destroyed.
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

/// An error for the errno value `code`, with the message "<what>: <reason>." and a hint where one helps. A
/// full disk and a lack of descriptors or memory are retryable.
Error system_error(int code, std::string_view what);

/// As `open`, with O_CLOEXEC. Retries when a signal interrupts it. Returns an empty Descriptor and sets errno
/// on failure.
Descriptor open_path(const std::filesystem::path& path, int flags, unsigned mode = 0);

/// Reads up to `into.size()` bytes; 0 means the end of the file.
Result<std::size_t> read_some(int descriptor, std::span<std::byte> into);
Result<std::size_t> read_some_at(int descriptor, std::uint64_t offset, std::span<std::byte> into);

/// Writes all of `from`, or fails. A broken pipe is an error; no SIGPIPE is raised.
Result<void> write_all(int descriptor, std::span<const std::byte> from);
Result<void> write_all_at(int descriptor, std::uint64_t offset, std::span<const std::byte> from);

/// Blocks SIGPIPE in the calling thread while it lives: the disposition of signals belongs to the host
/// program. After a write that failed with EPIPE, call `discard_pending`; the destructor then removes the
/// pending signal.
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
