// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <filesystem>
#include <memory>
#include <stop_token>
#include <string_view>
#include <utility>
#include <vector>

#include <convert/execution.hpp>
#include <convert/io.hpp>
#include <convert/job.hpp>
#include <convert/storage.hpp>

#include "engine/output_writers.hpp"

namespace convert::engine {

/// How the outputs of a job are written.
struct OutputOptions {
  /// The target format needs a Writer that can seek to be complete. A forward-only one gets a temporary file
  /// in front of it.
  bool needs_seeking = true;
  std::filesystem::path temporary_folder{};  ///< for these files; empty: the system's
  std::stop_token stop{};                    ///< cancels the Writers and the copies
};

/// The outputs of one claim: blobs whose keys contain its token. One thread at a time.
class JobOutputs : public Outputs {
 public:
  JobOutputs(Storage& storage, Claim claim, OutputOptions options = {})
      : storage_(storage), claim_(claim), options_(std::move(options)) {}

  Result<std::unique_ptr<Writer>> create(std::string_view name) override;

  /// Copies the outputs of a duplicate.
  Result<void> copy(const std::vector<JobOutput>& from);

  /// The committed outputs, for the job's record. Reads those from the Storage that could be hashed neither
  /// while they were written nor through a native handle: those of a seekable Writer without a handle that
  /// were not written sequentially. No backend of libconvert on another host has such Writers.
  Result<std::vector<JobOutput>> collect(const Report& report);

  /// Forgets all outputs; new ones get the same keys.
  void clear() { pending_.clear(); }

  /// The keys of the blobs that may exist.
  std::vector<Key> keys() const;

 private:
  PendingOutput& add(std::string_view name);

  Storage& storage_;
  const Claim claim_;
  const OutputOptions options_;
  std::deque<PendingOutput> pending_;  // a deque, because Writers refer to its elements
};

}  // namespace convert::engine
