// SPDX-License-Identifier: MIT
#pragma once

#include <atomic>
#include <cstdint>
#include <mutex>
#include <span>
#include <thread>

#include <convert/io.hpp>

#include "base/file_descriptor.hpp"
#include "sandbox/host/worker_supervisor.hpp"

namespace convert::sandbox {

/// Pumps a forward-only Reader into a pipe that a worker reads, in a thread of its own. Ends when the input
/// does, or nobody reads the pipe any more; the destructor waits for that.
class PipeFeeder {
 public:
  PipeFeeder(Reader& reader, base::Descriptor pipe, FirstError& first_error);

  std::uint64_t bytes_moved() const { return bytes_moved_; }
  /// Whether the worker can have nothing to do but wait for the Reader.
  bool is_waiting() const;

 private:
  void run();
  Result<std::size_t> read(std::span<std::byte> into);

  Reader& reader_;
  mutable std::mutex mutex_;  // for the end of the pipe
  base::Descriptor pipe_;
  FirstError& first_error_;
  std::atomic<std::uint64_t> bytes_moved_ = 0;
  std::atomic<bool> in_reader_ = false;
  std::jthread thread_;
};

}  // namespace convert::sandbox
