// SPDX-License-Identifier: MIT
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <span>
#include <thread>

#include <convert/io.hpp>

#include "base/file_descriptor.hpp"
#include "sandbox/host/event.hpp"
#include "sandbox/host/worker_supervisor.hpp"

namespace convert::sandbox {

/// Pumps a pipe that a worker writes into a forward-only Writer, in a thread of its own, so that reading and
/// writing never wait for each other. Ends with the pipe, for which the destructor waits, or with `finish`.
class PipeDrain {
 public:
  /// `grow_check` is asked before so many more bytes are written.
  using GrowCheck = std::function<Result<void>(std::uint64_t by)>;
  PipeDrain(Writer& writer, base::Descriptor pipe, EventFd finished, GrowCheck grow_check,
            FirstError& first_error);

  /// Nothing of the output is to come. Waits until what is in the pipe has been written, and closes it,
  /// whoever may still hold its other end.
  void finish();
  std::uint64_t bytes_moved() const { return bytes_moved_; }
  /// Whether the worker may have nothing to do but wait for the Writer.
  bool is_waiting() const { return in_writer_; }

 private:
  void run();
  bool wait();
  std::size_t move(std::span<std::byte> block);
  Result<void> write(std::span<const std::byte> bytes);

  Writer& writer_;
  base::Descriptor pipe_;
  EventFd finished_;
  GrowCheck grow_check_;
  FirstError& first_error_;
  std::atomic<std::uint64_t> bytes_moved_ = 0;
  std::atomic<bool> in_writer_ = false;
  std::jthread thread_;
};

}  // namespace convert::sandbox
