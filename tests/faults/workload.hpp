// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include "faults/child_engine.hpp"
#include "faults/engine_folder.hpp"

namespace convert::test {

/// A permitted outcome of a job.
struct JobOutcome {
  enum Kind { succeeded, failed, cancelled, removed } kind = succeeded;
  std::string spec;  ///< the last spec
  bool operator==(const JobOutcome&) const = default;
};

/// A job that was submitted, acknowledged or not.
struct ExpectedJob {
  std::string key;  ///< its unique key
  std::string owner;
  std::uint32_t audio_seed = 0;      ///< the seed of its input
  double seconds = 1;                ///< the length of its input; 0: a corrupt one
  JobId id = 0;                      ///< 0 if not acknowledged
  std::vector<JobOutcome> outcomes;  ///< several after a command without a reply
};

/// The bytes of its input.
std::string content_of(const ExpectedJob& entry);

/// Submits and changes jobs, and knows the outcomes that they may have.
class Workload {
 public:
  Workload(EngineFolder& engine_folder, std::uint32_t seed) : engine_folder_(engine_folder), random_(seed) {}

  /// Submits a new job, with audio of that length if one is given. Returns whether the engine is alive.
  bool submit(ChildEngine& engine, std::optional<double> seconds = {});
  /// Cancels, replaces, retries or removes a recent job. Returns the same.
  bool change_random_job(ChildEngine& engine);
  /// Runs each command once and submits a duplicate job. Returns the same.
  bool run_every_command(ChildEngine& engine);
  /// Submits again the jobs that were not acknowledged. Returns the same.
  bool resubmit_unacknowledged(ChildEngine& engine);

  /// Everything that is wrong, as sentences. Call it when all jobs have ended. `allowed_losses`: how many
  /// attempts a job may have lost to killed workers.
  std::vector<std::string> problems(int allowed_losses = 0) const;

  std::size_t size() const { return jobs_.size(); }
  const std::vector<ExpectedJob>& entries() const { return jobs_; }

 private:
  enum class Command : unsigned { cancel, replace, remove, retry };
  bool submit_new(ChildEngine& engine, ExpectedJob& entry) const;
  bool give(ChildEngine& engine, ExpectedJob& entry, Command order);
  ExpectedJob new_job();
  ExpectedJob duplicate_of(ExpectedJob entry) const;
  unsigned below(unsigned bound) { return static_cast<unsigned>(random_()) % bound; }

  EngineFolder& engine_folder_;
  std::mt19937 random_;
  std::vector<ExpectedJob> jobs_;
};

}  // namespace convert::test
