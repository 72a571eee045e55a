// SPDX-License-Identifier: MIT
#pragma once

#include <map>
#include <string>
#include <vector>

#include "faults/history.hpp"
#include "faults/ledger.hpp"
#include "faults/site.hpp"

namespace convert::test {

/// Judges jobs that have ended: by their record, their blobs, their history in the log. `spare` as
/// Ledger::complaints has it.
class Verdict {
 public:
  Verdict(const Site& site, std::vector<Job> jobs, const std::vector<Change>& changes, int spare);

  /// What is wrong with it; empty: nothing.
  std::string on(const Entry& entry) const;

 private:
  std::string on_ending(const Entry& entry, const Ending& ending) const;
  std::string on_output(const Entry& entry, const Ending& ending, const Job& job) const;

  const Site& site_;
  std::map<JobId, Job> jobs_;
  std::map<JobId, History> histories_;
  int spare_;
};

}  // namespace convert::test
