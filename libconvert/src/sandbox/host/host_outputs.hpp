// SPDX-License-Identifier: MIT
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>

#include <convert/io.hpp>
#include <convert/plan.hpp>

#include "sandbox/host/pipe_pump.hpp"
#include "sandbox/host/worker_supervisor.hpp"
#include "sandbox/protocol/messages.hpp"

namespace convert::sandbox {

/// The outputs of a call. A worker creates them by name, fills them by asking, or through a descriptor or a
/// pipe, and says which are complete; none is published before its report was checked, and one that it holds
/// not before it has ended. Until then each costs its Writer, and while it is open at most three descriptors
/// and a thread: how many there may be at once, and in all, is bounded.
class HostOutputs {
 public:
  /// `limit`: Limits::output_bytes.
  /// So many bytes, in so many outputs.
  HostOutputs(Outputs& target, std::uint64_t limit, std::size_t max_outputs, FirstError& first_error)
      : target_(target), limit_(limit), max_outputs_(max_outputs), first_error_(first_error) {}
  HostOutputs(const HostOutputs&) = delete;
  HostOutputs& operator=(const HostOutputs&) = delete;

  /// The reply to a worker, and the descriptor that goes with it.
  struct CreatedOutput {
    Reply reply;
    base::Descriptor descriptor;
  };

  // Answer a worker. Errors: of the Outputs and Writers, noted as the fault; `forbidden`; `limit_exceeded`.
  Result<CreatedOutput> create(const CreateOutput& request);
  Result<CreatedOutput> request_descriptor(const RequestDescriptor& request);
  Result<Reply> write(const WriteOutput& request);
  Result<Reply> commit(const CommitOutput& request);

  /// What has been written so far; over the limit is an error.
  Result<std::uint64_t> total_bytes();
  /// Whether the worker may have nothing to do but wait for a Writer.
  bool is_waiting() const;
  /// Whether the worker holds something through which it could still change an output.
  bool must_await_exit() const { return must_await_exit_; }

  /// After the worker has ended: compares the report with what was made, and puts the real sizes into it.
  Result<void> check_report(Report& report);
  Result<void> publish();

 private:
  struct OutputState {
    std::string name;
    std::unique_ptr<Writer> writer;
    std::optional<int> file;        // what the worker writes; the Writer's
    std::uint64_t size_before = 0;  // of that file
    std::uint64_t end = 0;          // of what did not go through a file
    std::unique_ptr<PipeDrain> drain;
    bool seekable = false;
    bool committed = false;
  };
  Result<void> check_create(const std::string& name) const;
  Result<std::unique_ptr<Writer>> open(const std::string& name);
  Result<void> drain(OutputState& output, CreatedOutput& created);
  Result<void> grow(std::uint64_t by);
  Result<std::uint64_t> size_of(const OutputState& output) const;
  Error too_large() const;

  Outputs& target_;
  std::uint64_t limit_;
  std::size_t max_outputs_;
  FirstError& first_error_;
  std::atomic<std::uint64_t> written_ = 0;  // not through files
  bool must_await_exit_ = false;
  std::size_t open_ = 0;  // those that are not committed
  std::deque<OutputState> outputs_;
};

}  // namespace convert::sandbox
