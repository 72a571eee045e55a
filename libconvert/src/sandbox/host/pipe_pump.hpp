// SPDX-License-Identifier: MIT
#pragma once

#include <sys/eventfd.h>

#include <atomic>
#include <cstdint>
#include <mutex>
#include <span>
#include <thread>

#include <convert/io.hpp>

#include "base/file_descriptor.hpp"
#include "conversion/guarded_io.hpp"

namespace convert::sandbox {

/// An event that happens once and that poll can wait for (eventfd). Thread-safe.
class EventFd {
 public:
  EventFd() : descriptor_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {}
  /// False if the process has no free file descriptor.
  explicit operator bool() const { return static_cast<bool>(descriptor_); }
  void set() { (void)::eventfd_write(descriptor_.get(), 1); }
  int descriptor() const { return descriptor_.get(); }

 private:
  base::Descriptor descriptor_;
};

/// Copies a forward-only Reader into a pipe that a worker reads, in its own thread. Stops at the end of the
/// input or when the pipe has no reader. The destructor waits for that.
class PipeFeeder {
 public:
  PipeFeeder(conversion::GuardedReader& reader, base::Descriptor pipe, conversion::FirstError& first_error);

  std::uint64_t bytes_moved() const { return bytes_moved_; }
  /// Whether the worker may be waiting for the Reader: it has nothing else to do.
  bool is_waiting() const;

 private:
  void run();

  conversion::GuardedReader& reader_;
  mutable std::mutex mutex_;  // guards the closing of pipe_
  base::Descriptor pipe_;
  conversion::FirstError& first_error_;
  std::atomic<std::uint64_t> bytes_moved_ = 0;
  std::atomic<bool> in_reader_ = false;
  std::jthread thread_;
};

/// Copies a pipe that a worker writes into a forward-only Writer, in its own thread, so that reading and
/// writing never wait for each other. Stops at the end of the pipe, for which the destructor waits, or at
/// `finish`.
class PipeDrain {
 public:
  /// `finished` is set by `finish`. Bytes are counted against `limit` before they are written.
  PipeDrain(Writer& writer, base::Descriptor pipe, EventFd finished, conversion::OutputLimit& limit,
            conversion::FirstError& first_error);

  /// The output is complete. Writes what the pipe holds now and closes it, even if other processes still hold
  /// its write end.
  void finish();
  std::uint64_t bytes_moved() const { return bytes_moved_; }
  /// Whether the worker may be waiting for the Writer.
  bool is_waiting() const { return in_writer_; }

 private:
  void run();
  bool wait();
  std::size_t move(std::span<std::byte> block);
  Result<void> write(std::span<const std::byte> bytes);

  Writer& writer_;
  base::Descriptor pipe_;
  EventFd finished_;
  conversion::OutputLimit& limit_;
  conversion::FirstError& first_error_;
  std::atomic<std::uint64_t> bytes_moved_ = 0;
  std::atomic<bool> in_writer_ = false;
  std::jthread thread_;
};

}  // namespace convert::sandbox
