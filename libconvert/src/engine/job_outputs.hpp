// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include <convert/execution.hpp>
#include <convert/io.hpp>
#include <convert/job.hpp>
#include <convert/storage.hpp>

namespace convert::engine {

/// The outputs of one claim: blobs whose keys contain its token. One thread at a time.
class JobOutputs : public Outputs {
 public:
  JobOutputs(Storage& storage, Claim claim) : storage_(storage), claim_(claim) {}

  Result<std::unique_ptr<Writer>> create(std::string_view name) override;

  /// Copies the outputs of a duplicate.
  Result<void> copy(const std::vector<JobOutput>& from);

  /// The committed outputs, for the job's record. Reads and hashes those that were not written sequentially.
  Result<std::vector<JobOutput>> collect(const Report& report, const std::stop_token& stop);

  /// Forgets all outputs; new ones get the same keys.
  void clear() { pending_.clear(); }

  /// The keys of all outputs, committed or not.
  std::vector<Key> keys() const;

  /// An output that is being written.
  struct PendingOutput {
    JobOutput output;
    bool committed = false;
  };

 private:
  PendingOutput& add(std::string_view name);

  Storage& storage_;
  const Claim claim_;
  std::deque<PendingOutput> pending_;  // a deque, because Writers refer to its elements
};

}  // namespace convert::engine
