// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <optional>
#include <set>
#include <unordered_map>
#include <utility>

#include <convert/job.hpp>

namespace convert::job_store {

/// Until when each running job belongs to its worker. Each call is O(log n).
class Leases {
 public:
  /// Begins or renews one.
  void renew(JobId id, Time now, std::chrono::milliseconds length);
  void end(JobId id);

  /// A job whose lease has run out; or was renewed in the future, by more than its length.
  std::optional<JobId> expired(Time now) const;

 private:
  using ByTime = std::set<std::pair<Time, JobId>>;
  struct Lease {
    Time until{};  // right from `since` to before `until`
    Time since{};
  };
  std::unordered_map<JobId, Lease> leases_;
  ByTime by_until_;
  ByTime by_since_;
};

}  // namespace convert::job_store
