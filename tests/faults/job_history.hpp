// SPDX-License-Identifier: MIT
#pragma once

#include <map>
#include <string>
#include <vector>

#include <convert/job.hpp>

namespace convert::test {

/// The history of a job in the log.
struct JobHistory {
  std::string text;       ///< "submitted claimed completed"
  std::string violation;  ///< if it is not permitted: two runs at once, two ends, ...
  int claims = 0;         ///< how often it started
  int completions = 0;    ///< how often a result was published
  int repeated = 0;       ///< how often it started again after its engine had ended
  JobState state = JobState::queued;
};

std::map<JobId, JobHistory> job_histories(const std::vector<Change>& changes);

}  // namespace convert::test
