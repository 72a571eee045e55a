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

/// How long tests wait on a busy machine.
inline constexpr std::chrono::seconds kDeadline{90};

inline bool all_ended(JobStore& store) {
  const auto now = must(store.statistics());
  return now.in(JobState::queued) + now.in(JobState::running) == 0;
}

/// The folder of engines of the suite: the store, the blobs, the scratch folder of workers and the fault
/// controls.
class EngineFolder {
 public:
  /// Prepares the folder, which must exist.
  explicit EngineFolder(std::filesystem::path folder);

  const std::filesystem::path& folder() const { return folder_; }
  FaultControl& engine_fault_control() { return engine_fault_control_; }
  FaultControl& worker_fault_control() { return worker_fault_control_; }

  /// Opens the store and the storage in this process for checks. Each call opens them again, so that recovery
  /// after a kill is left to the next engine.
  std::shared_ptr<JobStore> store() const;
  std::shared_ptr<Storage> storage() const;
  std::filesystem::path path_of(const Key& key) const { return folder_ / "blobs" / key; }

  /// Makes a file with that content for `submit`.
  std::filesystem::path add_input(const std::string& name, const std::string& content) const;

  /// Everything that belongs to no job, as sentences. Call it when no engine runs.
  std::vector<std::string> leftovers() const;

 private:
  std::filesystem::path folder_;
  FaultControl engine_fault_control_;
  FaultControl worker_fault_control_;
};

/// All jobs of a store, by id.
std::vector<Job> all_jobs(JobStore& store, const std::vector<JobState>& states = {});
/// All changes in the log of a store.
std::vector<Change> all_changes(JobStore& store, Revision after = 0);

}  // namespace convert::test
