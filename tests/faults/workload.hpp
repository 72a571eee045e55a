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

/// One way in which a job may rightly end.
struct JobOutcome {
  enum Kind { succeeded, failed, cancelled, removed } kind = succeeded;
  std::string spec;  ///< what was asked for last
  bool operator==(const JobOutcome&) const = default;
};

/// A job that an engine has acknowledged, or whose acknowledgement died with the engine.
struct ExpectedJob {
  std::string key;  ///< its unique key
  std::string owner;
  std::uint32_t audio_seed = 0;      ///< the seed of its input
  double seconds = 1;                ///< the length of its input; 0: one that cannot be converted
  JobId id = 0;                      ///< 0: not acknowledged
  std::vector<JobOutcome> outcomes;  ///< more than one after an order whose answer nobody has seen
};

/// The bytes of its input.
std::string content_of(const ExpectedJob& entry);

/// What the driver knows of the jobs it has ordered: what they must have become, after whatever happened.
class Workload {
 public:
  Workload(EngineFolder& site, std::uint32_t seed) : site_(site), random_(seed) {}

  /// Orders a new job, with a sound of that length if one is given; answers whether the engine lives.
  bool submit(ChildEngine& engine, std::optional<double> seconds = {});
  /// Cancels, replaces, retries or removes one of the latest; answers the same.
  bool change_random_job(ChildEngine& engine);
  /// Each order once, and a job that is as another one; answers the same.
  bool run_every_command(ChildEngine& engine);
  /// Submits again what was not acknowledged: each is there once, or was never.
  bool resubmit_unacknowledged(ChildEngine& engine);

  /// Everything that is not as it has to be, as sentences. Call it when all jobs have ended. `spare`: how
  /// many attempts a job may have lost beside those that are its own.
  std::vector<std::string> problems(int spare = 0) const;

  std::size_t size() const { return jobs_ordered_.size(); }
  const std::vector<ExpectedJob>& entries() const { return jobs_ordered_; }

 private:
  enum class Command : unsigned { cancel, replace, remove, retry };
  bool submit_new(ChildEngine& engine, ExpectedJob& entry) const;
  bool give(ChildEngine& engine, ExpectedJob& entry, Command order);
  ExpectedJob new_entry();
  ExpectedJob duplicate_of(ExpectedJob entry) const;
  unsigned below(unsigned bound) { return static_cast<unsigned>(random_()) % bound; }

  EngineFolder& site_;
  std::mt19937 random_;
  std::vector<ExpectedJob> jobs_ordered_;
};

}  // namespace convert::test
