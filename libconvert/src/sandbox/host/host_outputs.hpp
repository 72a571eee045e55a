// SPDX-License-Identifier: MIT
#pragma once

#include <atomic>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>

#include <convert/io.hpp>
#include <convert/library.hpp>

#include "conversion/guarded_io.hpp"
#include "sandbox/host/pipe_pump.hpp"
#include "sandbox/protocol/messages.hpp"

namespace convert::sandbox {

/// The outputs of a call. The worker creates them by name, fills them with `WriteOutput` messages, through a
/// file descriptor or through a pipe, and commits them. An output is published only after the worker's report
/// was checked, and one whose file the worker holds only after the worker has ended. Each output costs a
/// Writer, and while it is open up to three descriptors and a thread, so that their number is bounded.
class HostOutputs {
 public:
  /// `max_bytes`: `Limits::output_bytes`. `max_outputs`: `SandboxLimits::outputs`.
  HostOutputs(Outputs& target, std::uint64_t max_bytes, std::size_t max_outputs,
              conversion::FirstError& first_error)
      : target_(target), limit_(max_bytes, written_), max_outputs_(max_outputs), first_error_(first_error) {}
  HostOutputs(const HostOutputs&) = delete;
  HostOutputs& operator=(const HostOutputs&) = delete;

  /// The reply to a worker and the descriptor to send with it.
  struct CreatedOutput {
    Reply reply;
    base::Descriptor descriptor;
  };

  // Answer a worker. Errors: those of the Outputs and Writers, which are recorded; `forbidden`;
  // `limit_exceeded`.
  Result<CreatedOutput> create(const CreateOutput& request);
  Result<CreatedOutput> request_descriptor(const RequestDescriptor& request);
  Result<Reply> write(const WriteOutput& request);
  Result<Reply> commit(const CommitOutput& request);

  /// The bytes written so far. Errors: `limit_exceeded`.
  Result<std::uint64_t> total_bytes();
  /// Whether the worker may be waiting for a Writer: it has nothing else to do.
  bool is_waiting() const;
  /// Whether the worker holds a descriptor through which it could still change an output.
  bool must_await_exit() const { return must_await_exit_; }

  /// Compares the report with the outputs and sets the measured sizes in it. Call it after the worker has
  /// ended. Errors: `forbidden`, the first error.
  Result<void> check_report(Report& report);
  /// Commits all outputs in the order of their creation.
  Result<void> publish();

 private:
  struct OutputState {
    std::string name;
    std::unique_ptr<Writer> writer;
    std::optional<int> file;        // the Writer's file, which the worker writes
    std::uint64_t size_before = 0;  // of that file
    std::uint64_t end = 0;          // of the bytes that did not go through a file
    std::unique_ptr<PipeDrain> drain;
    bool committed = false;
  };
  Result<void> check_create(const std::string& name) const;
  Result<void> drain(OutputState& output, CreatedOutput& created);
  Result<std::uint64_t> size_of(const OutputState& output) const;

  Outputs& target_;
  std::atomic<std::uint64_t> written_ = 0;  // not through files
  conversion::OutputLimit limit_;
  std::size_t max_outputs_;
  conversion::FirstError& first_error_;
  bool must_await_exit_ = false;
  std::size_t open_ = 0;  // outputs that are not committed
  std::deque<OutputState> outputs_;
};

}  // namespace convert::sandbox
