// SPDX-License-Identifier: MIT
#include <optional>
#include <utility>

#include "base/fault_point.hpp"
#include "job_store/job_store_rules.hpp"
#include "job_store/sqlite/job_tables.hpp"
#include "job_store/job_statements.hpp"

namespace convert::job_store {

void insert_lease(sqlite::Connection& connection, const Job& job, Time now, std::chrono::milliseconds lease) {
  const auto& fingerprint = job.request.fingerprint;
  connection.execute(sql::insert_lease, job.id, job.token,
                     fingerprint.empty() ? std::nullopt : std::optional(fingerprint), now, lease.count());
}

std::vector<Claim> renew_leases(sqlite::Connection& connection, std::span<const ClaimHeartbeat> heartbeats,
                                std::chrono::milliseconds lease, Time now) {
  std::vector<Claim> lost;
  for (const auto& beat : heartbeats) {
    const auto renewed = connection.execute(sql::renew_lease, beat.claim.id, beat.claim.token, now,
                                            lease.count(), clamped_progress(beat));
    if (renewed == 0) lost.push_back(beat.claim);
  }
  CONVERT_FAULT_POINT("job_store.heartbeat");
  return lost;
}

Result<std::vector<Job>> expire_leases(sqlite::Connection& connection, std::size_t max, Time now) {
  std::vector<JobId> ids;
  {
    auto rows = connection.query(sql::expired_leases, now, max);
    while (rows.next()) ids.push_back(rows.integer(0));
  }
  std::vector<Job> interrupted;
  std::optional<Error> damage;
  for (const auto id : ids) {
    const auto record = find_record(connection, id);
    if (!record) {  // damaged; the others run again
      damage = connection.take_error();
      continue;
    }
    auto transition = convert::apply_event(record->job, event::Interrupted{record->job.token}, now);
    if (!transition) return transition.error();
    if (auto stored = store_transition(connection, *record, *transition, now); !stored) return stored.error();
    CONVERT_FAULT_POINT("job_store.expire");
    interrupted.push_back(std::move(transition->job));
  }
  if (damage && interrupted.empty()) return *damage;
  return interrupted;
}

}  // namespace convert::job_store
