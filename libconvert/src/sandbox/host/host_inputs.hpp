// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include <convert/io.hpp>

#include "sandbox/host/worker_supervisor.hpp"
#include "sandbox/host/feeder.hpp"
#include "sandbox/protocol/messages.hpp"

namespace convert::sandbox {

/// The inputs of a call, as a worker gets at them: by a descriptor, through a pipe that a Feeder fills, or by
/// asking for each piece.
class HostInputs {
 public:
  /// `keep`: what forward-only Readers give out is kept, for the caller (at most so many bytes of it); they
  /// are then read only as far as is asked for.
  HostInputs(std::span<const Input> inputs, std::optional<std::uint64_t> keep, FirstError& first_error);

  /// What the worker is told, and the descriptors that go with it.
  const std::vector<RequestedInput>& descriptions() const { return descriptions_; }
  const std::vector<base::Descriptor>& descriptors() const { return descriptors_; }
  /// They have been sent.
  void close_descriptors() { descriptors_.clear(); }

  /// Answers a worker. Errors: of the Reader, noted as the fault; `forbidden`; `limit_exceeded`.
  Result<Reply> read(const ReadInput& request);

  std::uint64_t bytes_moved() const;
  /// Whether the worker may have nothing to do but wait for input.
  bool is_waiting() const;

  /// What was taken from each forward-only Reader.
  std::vector<std::vector<std::byte>> take_consumed();

 private:
  struct InputState {
    Reader* reader = nullptr;
    std::uint64_t position = 0;  // of a forward-only one
    std::vector<std::byte> kept;
    base::Descriptor forwarded_pipe;  // the embedder's own, which the worker reads
    bool by_request = false;          // piece by piece
  };
  void pass_descriptor(InputState& input, RequestedInput& description);
  void feed_through_pipe(InputState& input, RequestedInput& description);
  Result<void> keep_consumed(InputState& input, std::span<const std::byte> bytes);

  std::optional<std::uint64_t> keep_;
  FirstError& first_error_;
  std::vector<InputState> inputs_;
  std::vector<RequestedInput> descriptions_;
  std::vector<base::Descriptor> descriptors_;
  std::deque<PipeFeeder> feeders_;
};

}  // namespace convert::sandbox
