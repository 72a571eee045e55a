// SPDX-License-Identifier: MIT
#pragma once

#include <atomic>
#include <cstdint>
#include <deque>
#include <optional>
#include <span>
#include <vector>

#include <convert/io.hpp>

#include "conversion/guarded_io.hpp"
#include "sandbox/host/pipe_pump.hpp"
#include "sandbox/protocol/messages.hpp"

namespace convert::sandbox {

/// The inputs of a call as its worker reads them: from a descriptor of its own, from a pipe that a PipeFeeder
/// fills, or block by block with `ReadInput` messages.
class HostInputs {
 public:
  /// `max_bytes`: `Limits::input_bytes`. With `max_consumed`, what forward-only Readers return is kept for
  /// the caller, up to that many bytes, and they are read only as far as the worker requests.
  HostInputs(std::span<const Input> inputs, std::uint64_t max_bytes,
             std::optional<std::uint64_t> max_consumed, conversion::FirstError& first_error);

  /// What the worker is told about the inputs, and the descriptors to send with it.
  const std::vector<RequestedInput>& descriptions() const { return descriptions_; }
  const std::vector<base::Descriptor>& descriptors() const { return descriptors_; }
  /// Closes this process's copies, once they were sent.
  void close_descriptors() { descriptors_.clear(); }

  /// Answers a worker. Errors: those of the Reader, which are recorded; `forbidden`; `limit_exceeded`.
  Result<Reply> read(const ReadInput& request);

  /// The bytes that went through pipes so far.
  std::uint64_t bytes_moved() const;
  /// Whether the worker may be waiting for input: it has nothing else to do.
  bool is_waiting() const;

  /// What was read from each forward-only input.
  std::vector<std::vector<std::byte>> take_consumed();

 private:
  struct InputState {
    InputState(Reader& source, std::uint64_t max_bytes, std::atomic<std::uint64_t>& count,
               conversion::FirstError& first_error)
        : reader(source, max_bytes, count, first_error) {}
    conversion::GuardedReader reader;
    std::uint64_t position = 0;  // of a forward-only input
    std::vector<std::byte> consumed;
    base::Descriptor forwarded_pipe;  // the caller's own, which the worker reads
    bool by_request = false;          // read with `ReadInput`
  };
  void pass_descriptor(InputState& input, RequestedInput& description);
  void feed_through_pipe(InputState& input, RequestedInput& description);
  Result<void> keep_consumed(InputState& input, std::span<const std::byte> bytes);

  std::optional<std::uint64_t> max_consumed_;
  conversion::FirstError& first_error_;
  std::atomic<std::uint64_t> bytes_read_ = 0;
  std::deque<InputState> inputs_;
  std::vector<RequestedInput> descriptions_;
  std::vector<base::Descriptor> descriptors_;
  std::deque<PipeFeeder> feeders_;  // last: their threads use the inputs
};

}  // namespace convert::sandbox
