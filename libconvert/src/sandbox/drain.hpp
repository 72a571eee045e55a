// SPDX-License-Identifier: MIT
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <span>
#include <thread>

#include <convert/io.hpp>

#include "io/system.hpp"
#include "sandbox/event.hpp"
#include "sandbox/fault.hpp"

namespace convert::sandbox {

/// Pumps a pipe that a worker writes into a forward-only Writer, in a thread of its own, so that reading and
/// writing never wait for each other. Ends with the pipe, for which the destructor waits, or with `finish`.
class Drain {
 public:
  /// `may_grow` is asked before so many more bytes are written.
  using MayGrow = std::function<Result<void>(std::uint64_t by)>;
  Drain(Writer& writer, io::Descriptor pipe, Event finished, MayGrow may_grow, Fault& fault);

  /// Nothing of the output is to come. Waits until what is in the pipe has been written, and closes it,
  /// whoever may still hold its other end.
  void finish();
  std::uint64_t moved() const { return moved_; }
  /// Whether the worker may have nothing to do but wait for the Writer.
  bool keeps_waiting() const { return in_writer_; }

 private:
  void run();
  bool wait();
  std::size_t move(std::span<std::byte> block);
  Result<void> write(std::span<const std::byte> bytes);

  Writer& writer_;
  io::Descriptor pipe_;
  Event finished_;
  MayGrow may_grow_;
  Fault& fault_;
  std::atomic<std::uint64_t> moved_ = 0;
  std::atomic<bool> in_writer_ = false;
  std::jthread thread_;
};

}  // namespace convert::sandbox
