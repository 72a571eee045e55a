// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include <convert/io.hpp>

#include "sandbox/fault.hpp"
#include "sandbox/feeder.hpp"
#include "sandbox/messages.hpp"

namespace convert::sandbox {

/// The inputs of a call, as a worker gets at them: by a descriptor, through a pipe that a Feeder fills, or by
/// asking for each piece.
class CallInputs {
 public:
  /// `keep`: what forward-only Readers give out is kept, for the caller (at most so many bytes of it); they
  /// are then read only as far as is asked for.
  CallInputs(std::span<const Input> inputs, std::optional<std::uint64_t> keep, Fault& fault);

  /// What the worker is told, and the descriptors that go with it.
  const std::vector<WorkInput>& described() const { return described_; }
  const std::vector<io::Descriptor>& descriptors() const { return descriptors_; }
  /// They have been sent.
  void close_descriptors() { descriptors_.clear(); }

  /// Answers a worker. Errors: of the Reader, noted as the fault; `forbidden`; `limit_exceeded`.
  Result<Reply> read(const Read& request);

  std::uint64_t moved() const;
  /// Whether the worker may have nothing to do but wait for input.
  bool keeps_waiting() const;

  /// What was taken from each forward-only Reader.
  std::vector<std::vector<std::byte>> take_consumed();

 private:
  struct One {
    Reader* reader = nullptr;
    std::uint64_t position = 0;  // of a forward-only one
    std::vector<std::byte> kept;
    io::Descriptor pipe;  // the embedder's own, which the worker reads
    bool asked = false;   // piece by piece
  };
  void hand_over(One& input, WorkInput& described);
  void feed(One& input, WorkInput& described);
  Result<void> keep_what(One& input, std::span<const std::byte> bytes);

  std::optional<std::uint64_t> keep_;
  Fault& fault_;
  std::vector<One> inputs_;
  std::vector<WorkInput> described_;
  std::vector<io::Descriptor> descriptors_;
  std::deque<Feeder> feeders_;
};

}  // namespace convert::sandbox
