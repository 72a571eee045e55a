// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include <convert/job_store.hpp>
#include <convert/storage.hpp>

#include "faults/fault_control.hpp"
#include "support/test_helpers.hpp"

namespace convert::test {

/// How long a test waits for what must happen, on a busy machine.
inline constexpr std::chrono::seconds kDeadline{90};

inline bool all_ended(JobStore& store) {
  const auto now = must(store.statistics());
  return now.in(JobState::queued) + now.in(JobState::running) == 0;
}

/// A folder in which engines of the suite live and die: the store, the blobs, the workers' scratch, the
/// boards of faults.
class EngineFolder {
 public:
  /// Prepares the folder, which exists.
  explicit EngineFolder(std::filesystem::path folder);

  const std::filesystem::path& folder() const { return folder_; }
  FaultControl& engine_fault_control() { return engine_fault_control_; }
  FaultControl& worker_fault_control() { return worker_fault_control_; }

  /// A second opinion, by handles of this process; they are opened anew by each call, so that no handle
  /// outlives a kill and recovers what the killed engine's successor has to.
  std::shared_ptr<JobStore> store() const;
  std::shared_ptr<Storage> storage() const;
  std::filesystem::path path_of(const Key& key) const { return folder_ / "blobs" / key; }

  /// A file for `submit` with that content.
  std::filesystem::path add_input(const std::string& name, const std::string& content) const;

  /// Everything that is there and belongs to no job, as sentences; empty is how it should be. Call it when
  /// no engine is left.
  std::vector<std::string> leftovers() const;

 private:
  std::filesystem::path folder_;
  FaultControl engine_fault_control_;
  FaultControl worker_fault_control_;
};

/// All jobs of a store, by id.
std::vector<Job> all_jobs(JobStore& store, const std::vector<JobState>& states = {});
/// Its whole log.
std::vector<Change> all_changes(JobStore& store, Revision after = 0);

}  // namespace convert::test
