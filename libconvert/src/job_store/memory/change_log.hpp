// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <deque>
#include <vector>

#include <convert/job.hpp>

namespace convert::job_store {

/// The log of changes, in memory.
class ChangeLog {
 public:
  /// Appends a line, and answers with its number.
  Revision add(const Job& job, ChangeKind kind, Time at);
  std::vector<Change> after(Revision revision, std::size_t max) const;
  void trim(Time before);
  Revision latest() const { return lines_.empty() ? 0 : lines_.back().revision; }

 private:
  std::deque<Change> lines_;
};

}  // namespace convert::job_store
