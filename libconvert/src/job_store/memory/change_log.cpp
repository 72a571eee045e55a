// SPDX-License-Identifier: MIT
#include "job_store/memory/change_log.hpp"

#include <algorithm>
#include <iterator>

namespace convert::job_store {

Revision ChangeLog::add(const Job& job, ChangeKind kind, Time at) {
  const auto revision = latest() + 1;
  lines_.push_back({revision, job.id, job.request.owner, kind, job.state, at});
  return revision;
}

std::vector<Change> ChangeLog::after(Revision revision, std::size_t max) const {
  const auto first =
      std::upper_bound(lines_.begin(), lines_.end(), revision,
                       [](Revision wanted, const Change& line) { return wanted < line.revision; });
  const auto left = static_cast<std::size_t>(std::distance(first, lines_.end()));
  return {first, first + static_cast<std::ptrdiff_t>(std::min(max, left))};
}

void ChangeLog::trim(Time before) {
  if (lines_.empty()) return;
  const auto newest = lines_.back().revision;
  std::erase_if(lines_, [&](const Change& line) { return line.at < before && line.revision != newest; });
}

}  // namespace convert::job_store
