// SPDX-License-Identifier: MIT
#pragma once

#include <map>
#include <string>
#include <vector>

#include <convert/job.hpp>

namespace convert::test {

/// What the log tells of one job.
struct JobHistory {
  std::string text;       ///< "submitted claimed completed"
  std::string violation;  ///< if it cannot be: run by two at once, ended twice, ...
  int claims = 0;         ///< how often it began to run
  int completions = 0;    ///< how often a result was published
  int repeated = 0;       ///< how often it began to run again because its engine had died
  JobState state = JobState::queued;
};

std::map<JobId, JobHistory> job_histories(const std::vector<Change>& changes);

}  // namespace convert::test
