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

#include "sandbox/drain.hpp"
#include "sandbox/fault.hpp"
#include "sandbox/messages.hpp"

namespace convert::sandbox {

/// The outputs of a call. A worker creates them by name, fills them by asking, or through a descriptor or a
/// pipe, and says which are complete; none is published before its report was checked, and one that it holds
/// not before it has ended. Until then each costs its Writer, and while it is open at most three descriptors
/// and a thread: how many there may be at once, and in all, is bounded.
class CallOutputs {
 public:
  /// `limit`: Limits::output_bytes.
  /// So many bytes, in so many outputs.
  CallOutputs(Outputs& target, std::uint64_t limit, std::size_t most, Fault& fault)
      : target_(target), limit_(limit), most_(most), fault_(fault) {}
  CallOutputs(const CallOutputs&) = delete;
  CallOutputs& operator=(const CallOutputs&) = delete;

  /// The reply to a worker, and the descriptor that goes with it.
  struct Created {
    Reply reply;
    io::Descriptor descriptor;
  };

  // Answer a worker. Errors: of the Outputs and Writers, noted as the fault; `forbidden`; `limit_exceeded`.
  Result<Created> create(const Create& request);
  Result<Created> hand_over(const HandOver& request);
  Result<Reply> write(const Write& request);
  Result<Reply> commit(const Commit& request);

  /// What has been written so far; over the limit is an error.
  Result<std::uint64_t> measure();
  /// Whether the worker may have nothing to do but wait for a Writer.
  bool keeps_waiting() const;
  /// Whether the worker holds something through which it could still change an output.
  bool must_see_end() const { return must_see_end_; }

  /// After the worker has ended: compares the report with what was made, and puts the real sizes into it.
  Result<void> settle(Report& report);
  Result<void> publish();

 private:
  struct One {
    std::string name;
    std::unique_ptr<Writer> writer;
    std::optional<int> file;        // what the worker writes; the Writer's
    std::uint64_t size_before = 0;  // of that file
    std::uint64_t end = 0;          // of what did not go through a file
    std::unique_ptr<Drain> drain;
    bool seekable = false;
    bool committed = false;
  };
  Result<void> may_create(const std::string& name) const;
  Result<std::unique_ptr<Writer>> open(const std::string& name);
  Result<void> drain(One& output, Created& created);
  Result<void> grow(std::uint64_t by);
  Result<std::uint64_t> size_of(const One& output) const;
  Error too_large() const;

  Outputs& target_;
  std::uint64_t limit_;
  std::size_t most_;
  Fault& fault_;
  std::atomic<std::uint64_t> written_ = 0;  // not through files
  bool must_see_end_ = false;
  std::size_t open_ = 0;  // those that are not committed
  std::deque<One> outputs_;
};

}  // namespace convert::sandbox
