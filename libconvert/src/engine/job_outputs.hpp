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

/// The outputs of one claim: blobs whose keys hold its token. Used by one thread at a time.
class JobOutputs : public Outputs {
 public:
  JobOutputs(Storage& storage, Claim claim) : storage_(storage), claim_(claim) {}

  Result<std::unique_ptr<Writer>> create(std::string_view name) override;

  /// Copies what equal work made, instead of making it.
  Result<void> copy(const std::vector<JobOutput>& from);

  /// What is there now, as the job's record has it. Reads again what it did not see written in one go.
  Result<std::vector<JobOutput>> collect(const Report& report, const std::stop_token& stop);

  /// As if there had been none; the next ones get the same keys.
  void clear() { pending_.clear(); }

  /// Every key that something may be under.
  std::vector<Key> keys() const;

  /// One output, while it is made.
  struct PendingOutput {
    JobOutput output;
    bool committed = false;
  };

 private:
  PendingOutput& add(std::string_view name);

  Storage& storage_;
  const Claim claim_;
  std::deque<PendingOutput> pending_;  // Writers refer to them: their addresses stay
};

}  // namespace convert::engine
