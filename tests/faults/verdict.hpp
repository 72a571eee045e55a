// SPDX-License-Identifier: MIT
#pragma once

#include <map>
#include <string>
#include <vector>

#include "faults/job_history.hpp"
#include "faults/workload.hpp"
#include "faults/engine_folder.hpp"

namespace convert::test {

/// Judges jobs that have ended: by their record, their blobs, their history in the log. `spare` as
/// Workload::complaints has it.
class OutcomeChecker {
 public:
  OutcomeChecker(const EngineFolder& site, std::vector<Job> jobs, const std::vector<Change>& changes,
                 int spare);

  /// What is wrong with it; empty: nothing.
  std::string on(const ExpectedJob& entry) const;

 private:
  std::string on_ending(const ExpectedJob& entry, const JobOutcome& outcome) const;
  std::string on_output(const ExpectedJob& entry, const JobOutcome& outcome, const Job& job) const;

  const EngineFolder& site_;
  std::map<JobId, Job> jobs_;
  std::map<JobId, JobHistory> histories_;
  int allowed_lost_attempts_;
};

}  // namespace convert::test
