// SPDX-License-Identifier: MIT
#include "job_store/job_tables.hpp"

#include <algorithm>
#include <iterator>
#include <string>
#include <utility>
#include <vector>

#include "io/fault_point.hpp"
#include "job_store/checks.hpp"
#include "job_store/places.hpp"
#include "job_store/statements.hpp"

namespace convert::job_store {
namespace {

/// What follows the newest line of the log. That line is never removed, so that no number comes twice.
Revision next_revision(sqlite::Session& session) {
  auto rows = session.query(sql::last_revision);
  return rows.next() ? rows.integer(0) + 1 : 0;
}

void log_change(sqlite::Session& session, const Job& job, Revision revision, ChangeKind kind, Time now) {
  session.execute(sql::insert_change, revision, job.id, job.request.owner, static_cast<int>(kind),
                  static_cast<int>(job.state), now);
}

/// The blobs that the job still has, sorted.
std::vector<Key> keys_of(const Job& job) {
  std::vector<Key> keys;
  if (!job.inputs_expired) {
    for (const auto& input : job.request.inputs) keys.push_back(input.key);
  }
  for (const auto& output : job.outputs) keys.push_back(output.key);
  std::sort(keys.begin(), keys.end());
  return keys;
}

std::vector<Key> missing_in(const std::vector<Key>& keys, const std::vector<Key>& all) {
  std::vector<Key> missing;
  std::set_difference(all.begin(), all.end(), keys.begin(), keys.end(), std::back_inserter(missing));
  return missing;
}

Result<void> exchange_blobs(sqlite::Session& session, JobId job, const std::vector<Key>& before,
                            const std::vector<Key>& after) {
  for (const auto& key : missing_in(after, before)) session.execute(sql::delete_blob, key, job);
  for (const auto& key : missing_in(before, after)) {
    if (session.execute(sql::insert_blob, key, job) == 0 && !session.failed()) {
      return input_taken(key);
    }
  }
  return {};
}

JobId holder_of_unique_key(sqlite::Session& session, const JobRequest& request) {
  auto rows = session.query(sql::find_unique_key, request.owner, request.unique_key);
  return rows.next() ? rows.integer(0) : 0;
}

/// Where the job stands after an event, and since when.
void set_place(Record& record, Time now) {
  const bool waits = record.job.not_before > now;
  record.due = waits ? record.job.not_before : ready_since(record.job);
  if (record.job.state == JobState::queued) record.place = waits ? Place::delayed : Place::ready;
}

/// Turns, leases and twins follow the state.
void follow_state(sqlite::Session& session, const Record& before, const Record& after) {
  const auto& job = after.job;
  const bool ran = before.job.state == JobState::running;
  const bool runs = job.state == JobState::running;
  count_move(session, before.job.request, before.place, after.place);
  if (runs && !ran) {
    session.execute(sql::count_running, job.request.owner, 1, std::optional(job.revision));
  }
  if (ran && !runs) {
    session.execute(sql::count_running, job.request.owner, -1, std::optional<Revision>());
    session.execute(sql::delete_lease, job.id);
  }
  // A twin that was made ready for the others may have left without running.
  if ((ran || before.place == Place::ready) && !runs) free_twins(session, before.job.request.fingerprint);
}

}  // namespace

std::optional<Record> find_record(sqlite::Session& session, JobId id) {
  auto rows = session.query(sql::find_job, id);
  return rows.next() ? read_record(session, rows) : std::nullopt;
}

Result<Job> insert_job(sqlite::Session& session, const JobRequest& request, Time now) {
  auto job = new_job(request, now);
  if (!job) return job.error();
  Record record{std::move(*job)};
  record.job.revision = next_revision(session);
  set_place(record, now);
  const auto id = insert_record(session, record);
  if (!id) return unique_key_taken(request, holder_of_unique_key(session, request));
  record.job.id = *id;
  if (const auto taken = exchange_blobs(session, *id, {}, keys_of(record.job)); !taken) return taken.error();
  CONVERT_FAULT_POINT("job_store.insert");
  log_change(session, record.job, record.job.revision, ChangeKind::submitted, now);
  count_move(session, request, Place::none, record.place);
  return std::move(record.job);
}

Result<void> store_transition(sqlite::Session& session, const Record& before, Transition& transition,
                              Time now) {
  transition.job.revision = next_revision(session);
  Record after{transition.job};
  set_place(after, now);
  update_record(session, after, transition.kind == ChangeKind::replaced);
  CONVERT_FAULT_POINT("job_store.transition");
  follow_state(session, before, after);
  log_change(session, after.job, after.job.revision, transition.kind, now);
  if (transition.kind == ChangeKind::claimed) return {};  // the one that is most often, and keeps its blobs
  return exchange_blobs(session, after.job.id, keys_of(before.job), keys_of(after.job));
}

Result<Transition> apply_event(sqlite::Session& session, JobId id, const Event& event, Time now) {
  const auto record = find_record(session, id);
  if (!record) return no_such_job(id);
  auto transition = next(record->job, event, now);
  if (!transition || !transition->changed) return transition;
  const auto stored = store_transition(session, *record, *transition, now);
  if (!stored) return stored.error();
  return transition;
}

Result<Job> remove_job(sqlite::Session& session, JobId id, const std::optional<Time>& finished_before,
                       Time now) {
  auto record = find_record(session, id);
  if (!record) return no_such_job(id);
  const auto& job = record->job;
  if (auto may = check_ended_before(job, finished_before); !may) return std::move(may).error();
  session.execute(sql::delete_job, id);
  Record gone{job};  // as if it had ended
  gone.job.state = JobState::cancelled;
  follow_state(session, *record, gone);
  for (const auto& key : keys_of(job)) session.execute(sql::delete_blob, key, id);
  CONVERT_FAULT_POINT("job_store.remove");
  log_change(session, job, next_revision(session), ChangeKind::removed, now);
  return std::move(record->job);
}

std::size_t trim_log(sqlite::Session& session, Time before, std::size_t max) {
  std::vector<Revision> old;
  {
    auto rows = session.query(sql::old_changes, max);
    while (rows.next()) {
      if (rows.time(1) < before) old.push_back(rows.integer(0));
    }
  }
  for (const auto revision : old) session.execute(sql::delete_change, revision);
  session.execute(sql::forget_turns);
  return old.size();
}

}  // namespace convert::job_store
