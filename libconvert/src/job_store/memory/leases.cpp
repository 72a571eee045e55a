// SPDX-License-Identifier: MIT
#include "job_store/memory/leases.hpp"

namespace convert::job_store {

void Leases::renew(JobId id, Time now, std::chrono::milliseconds length) {
  end(id);
  const Lease lease{now + length, now - length};
  leases_.emplace(id, lease);
  by_until_.emplace(lease.until, id);
  by_since_.emplace(lease.since, id);
}

void Leases::end(JobId id) {
  const auto lease = leases_.find(id);
  if (lease == leases_.end()) return;
  by_until_.erase({lease->second.until, id});
  by_since_.erase({lease->second.since, id});
  leases_.erase(lease);
}

std::optional<JobId> Leases::expired(Time now) const {
  if (by_until_.empty()) return std::nullopt;
  if (by_until_.begin()->first <= now) return by_until_.begin()->second;
  if (by_since_.rbegin()->first > now) return by_since_.rbegin()->second;
  return std::nullopt;
}

}  // namespace convert::job_store
