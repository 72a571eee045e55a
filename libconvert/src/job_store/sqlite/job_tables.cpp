// SPDX-License-Identifier: MIT
#include "job_store/sqlite/job_tables.hpp"

#include <algorithm>
#include <iterator>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/fault_point.hpp"
#include "base/try.hpp"
#include "job_store/job_store_rules.hpp"
#include "job_store/sqlite/job_statements.hpp"
#include "job_store/sqlite/queue_state.hpp"

namespace convert::job_store {
namespace {

/// The number after the newest entry of the change log. That entry is never removed, so no number is used
/// twice.
Revision next_revision(sqlite::Connection& connection) {
  auto rows = connection.query(statements::kLastRevision);
  return rows.next() ? rows.integer(0) + 1 : 0;
}

void log_change(sqlite::Connection& connection, const Job& job, Revision revision, ChangeKind kind,
                Time now) {
  connection.execute(statements::kInsertChange, revision, job.id, job.request.owner, static_cast<int>(kind),
                     static_cast<int>(job.state), now);
}

/// The keys of the blobs that the job still has, sorted.
std::vector<Key> keys_of(const Job& job) {
  std::vector<Key> keys;
  if (!job.inputs_expired) {
    for (const auto& input : job.request.inputs) keys.push_back(input.key);
  }
  for (const auto& output : job.outputs) keys.push_back(output.key);
  std::sort(keys.begin(), keys.end());
  return keys;
}

std::vector<Key> keys_not_in(const std::vector<Key>& keys, const std::vector<Key>& all) {
  std::vector<Key> missing;
  std::set_difference(all.begin(), all.end(), keys.begin(), keys.end(), std::back_inserter(missing));
  return missing;
}

Result<void> update_blobs(sqlite::Connection& connection, JobId job, const std::vector<Key>& before,
                          const std::vector<Key>& after) {
  for (const auto& key : keys_not_in(after, before)) connection.execute(statements::kDeleteBlob, key, job);
  for (const auto& key : keys_not_in(before, after)) {
    if (connection.execute(statements::kInsertBlob, key, job) == 0 && !connection.failed()) {
      return input_taken(key);
    }
  }
  return {};
}

JobId job_with_unique_key(sqlite::Connection& connection, const JobRequest& request) {
  auto rows = connection.query(statements::kFindUniqueKey, request.owner, request.unique_key);
  return rows.next() ? rows.integer(0) : 0;
}

/// Sets the queue state after an event, and since when it holds.
void set_queue_state(Record& record, Time now) {
  const bool waits = record.job.not_before > now;
  record.due = waits ? record.job.not_before : ready_since(record.job);
  if (record.job.state == JobState::queued)
    record.queue_state = waits ? QueueState::delayed : QueueState::ready;
}

/// Updates the counts, the lease and the duplicates after a change of state.
void update_counts_and_leases(sqlite::Connection& connection, const Record& before, const Record& after) {
  const auto& job = after.job;
  const bool ran = before.job.state == JobState::running;
  const bool runs = job.state == JobState::running;
  count_move(connection, before.job.request, before.queue_state, after.queue_state);
  if (runs && !ran) {
    connection.execute(statements::kCountRunning, job.request.owner, 1, std::optional(job.revision));
  }
  if (ran && !runs) {
    connection.execute(statements::kCountRunning, job.request.owner, -1, std::optional<Revision>());
    connection.execute(statements::kDeleteLease, job.id);
  }
  // A ready job may leave the queue without running; then its duplicates are next.
  if ((ran || before.queue_state == QueueState::ready) && !runs)
    release_duplicates(connection, before.job.request.fingerprint);
}

}  // namespace

std::optional<Record> find_record(sqlite::Connection& connection, JobId id) {
  auto rows = connection.query(statements::kFindJob, id);
  return rows.next() ? read_record(connection, rows) : std::nullopt;
}

Result<Job> insert_job(sqlite::Connection& connection, const JobRequest& request, Time now) {
  CONVERT_TRY_ASSIGN(auto job, new_job(request, now));
  Record record{std::move(job)};
  record.job.revision = next_revision(connection);
  set_queue_state(record, now);
  const auto id = insert_record(connection, record);
  if (!id) return unique_key_taken(request, job_with_unique_key(connection, request));
  record.job.id = *id;
  CONVERT_TRY(update_blobs(connection, *id, {}, keys_of(record.job)));
  CONVERT_FAULT_POINT("job_store.insert");
  log_change(connection, record.job, record.job.revision, ChangeKind::submitted, now);
  count_move(connection, request, QueueState::none, record.queue_state);
  return std::move(record.job);
}

Result<void> store_transition(sqlite::Connection& connection, const Record& before, Transition& transition,
                              Time now) {
  transition.job.revision = next_revision(connection);
  Record after{transition.job};
  set_queue_state(after, now);
  update_record(connection, after, transition.kind == ChangeKind::replaced);
  CONVERT_FAULT_POINT("job_store.transition");
  update_counts_and_leases(connection, before, after);
  log_change(connection, after.job, after.job.revision, transition.kind, now);
  if (transition.kind == ChangeKind::claimed) return {};  // the most frequent event, which changes no blobs
  return update_blobs(connection, after.job.id, keys_of(before.job), keys_of(after.job));
}

Result<Transition> apply_event(sqlite::Connection& connection, JobId id, const Event& event, Time now) {
  const auto record = find_record(connection, id);
  if (!record) return no_such_job(id);
  auto transition = convert::apply_event(record->job, event, now);
  if (!transition || !transition->changed) return transition;
  CONVERT_TRY(store_transition(connection, *record, *transition, now));
  return transition;
}

Result<Job> remove_job(sqlite::Connection& connection, JobId id, const std::optional<Time>& finished_before,
                       Time now) {
  auto record = find_record(connection, id);
  if (!record) return no_such_job(id);
  const auto& job = record->job;
  CONVERT_TRY(check_ended_before(job, finished_before));
  connection.execute(statements::kDeleteJob, id);
  Record gone{job};  // counted as if it had ended
  gone.job.state = JobState::cancelled;
  update_counts_and_leases(connection, *record, gone);
  for (const auto& key : keys_of(job)) connection.execute(statements::kDeleteBlob, key, id);
  CONVERT_FAULT_POINT("job_store.remove");
  log_change(connection, job, next_revision(connection), ChangeKind::removed, now);
  return std::move(record->job);
}

std::size_t trim_log(sqlite::Connection& connection, Time before, std::size_t max) {
  std::vector<Revision> old;
  {
    auto rows = connection.query(statements::kOldChanges, max);
    while (rows.next()) {
      if (rows.time(1) < before) old.push_back(rows.integer(0));
    }
  }
  for (const auto revision : old) connection.execute(statements::kDeleteChange, revision);
  connection.execute(statements::kForgetTurns);
  return old.size();
}

void insert_lease(sqlite::Connection& connection, const Job& job, Time now, std::chrono::milliseconds lease) {
  const auto& fingerprint = job.request.fingerprint;
  connection.execute(statements::kInsertLease, job.id, job.token,
                     fingerprint.empty() ? std::nullopt : std::optional(fingerprint), now, lease.count());
}

std::vector<Claim> renew_leases(sqlite::Connection& connection, std::span<const ClaimHeartbeat> heartbeats,
                                std::chrono::milliseconds lease, Time now) {
  std::vector<Claim> lost;
  for (const auto& beat : heartbeats) {
    const auto renewed = connection.execute(statements::kRenewLease, beat.claim.id, beat.claim.token, now,
                                            lease.count(), clamped_progress(beat));
    if (renewed == 0) lost.push_back(beat.claim);
  }
  CONVERT_FAULT_POINT("job_store.heartbeat");
  return lost;
}

bool elect_host(sqlite::Connection& connection, std::string_view role, std::string_view host,
                std::chrono::milliseconds lease, Time now) {
  if (lease <= std::chrono::milliseconds(0)) {
    connection.execute(statements::kResign, role, host);
    return false;
  }
  return connection.execute(statements::kElect, role, host, now + lease, now) > 0;
}

Result<std::vector<Job>> expire_leases(sqlite::Connection& connection, std::size_t max, Time now) {
  std::vector<JobId> ids;
  {
    auto rows = connection.query(statements::kExpiredLeases, now, max);
    while (rows.next()) ids.push_back(rows.integer(0));
  }
  std::vector<Job> interrupted;
  std::optional<Error> damage;
  for (const auto id : ids) {
    const auto record = find_record(connection, id);
    if (!record) {  // damaged: the other jobs run again
      damage = connection.take_error();
      continue;
    }
    CONVERT_TRY_ASSIGN(auto transition,
                       convert::apply_event(record->job, event::Interrupted{record->job.token}, now));
    CONVERT_TRY(store_transition(connection, *record, transition, now));
    CONVERT_FAULT_POINT("job_store.expire");
    interrupted.push_back(std::move(transition.job));
  }
  if (damage && interrupted.empty()) return *damage;
  return interrupted;
}

}  // namespace convert::job_store
