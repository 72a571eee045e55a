// SPDX-License-Identifier: MIT
#include "job_store/sqlite/claim_jobs.hpp"

#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <utility>

#include <fmt/format.h>

#include <convert/life_cycle.hpp>

#include "base/fault_point.hpp"
#include "job_store/sqlite/job_record.hpp"
#include "job_store/sqlite/job_statements.hpp"
#include "job_store/sqlite/job_tables.hpp"
#include "job_store/sqlite/queue_state.hpp"

namespace convert::job_store {
namespace {

/// How many other jobs a transaction moves to another queue state: this takes some milliseconds.
constexpr std::size_t kMaxMoves = 500;

/// How long a job with a spec of a newer build is left to builds that support it.
constexpr std::chrono::seconds kUnsupportedSpecDelay(1);

struct OwnerTurn {
  std::string owner;
  int urgency = 0;
};

std::optional<OwnerTurn> next_turn(sqlite::Connection& connection) {
  auto rows = connection.query(statements::kNextTurn);
  if (!rows.next()) return std::nullopt;
  return OwnerTurn{rows.text(0), static_cast<int>(rows.integer(1))};
}

/// Stands for a record that cannot be read. It is postponed like an unsupported one, so that other jobs run.
Record placeholder_record(JobId id, const OwnerTurn& turn) {
  Record record;
  record.job.id = id;
  record.job.request.owner = turn.owner;
  record.job.request.urgency = turn.urgency;
  record.queue_state = QueueState::ready;
  record.supported = false;
  return record;
}

std::optional<Record> next_ready(sqlite::Connection& connection, const OwnerTurn& turn,
                                 std::optional<Error>& read_error) {
  auto rows = connection.query(statements::kNextReadyJob, turn.owner, turn.urgency);
  if (rows.next()) {
    auto record = read_record(connection, rows);
    if (record) return record;
    read_error = connection.take_error();
    return placeholder_record(rows.integer(0), turn);
  }
  connection.fail(
      {Errc::internal,
       fmt::format("The counts of owner \"{}\" in {} do not match the jobs: another program changed the "
                   "database. Restore it from a backup.",
                   turn.owner, connection.file())});
  return std::nullopt;
}

/// Postpones a job until `due`. Its duplicates need not wait for it.
void delay_job(sqlite::Connection& connection, Record& record, Time due) {
  move_to(connection, record, QueueState::delayed, due);
  if (!has_running_duplicate(connection, record.job))
    release_duplicates(connection, record.job.request.fingerprint);
}

/// Returns false if the job can be claimed now. Otherwise moves it to the queue state in which it waits.
bool postpone(sqlite::Connection& connection, Record& record, Time now) {
  if (record.job.not_before > now) {  // the clock was set back after it became ready
    delay_job(connection, record, record.job.not_before);
  } else if (!record.supported) {
    delay_job(connection, record, now + kUnsupportedSpecDelay);
  } else if (has_running_duplicate(connection, record.job)) {
    move_to(connection, record, QueueState::waiting, record.due);
  } else {
    return false;
  }
  return true;
}

std::optional<Job> claim(sqlite::Connection& connection, const Record& record, const ClaimRequest& request,
                         Time now) {
  auto transition = apply_event(record.job, event::Claimed{request.worker, record.job.token + 1}, now);
  if (!transition) {
    connection.fail(transition.error());
    return std::nullopt;
  }
  if (const auto stored = store_transition(connection, record, *transition, now); !stored) {
    connection.fail(stored.error());
  }
  insert_lease(connection, transition->job, now, request.lease);
  CONVERT_FAULT_POINT("job_store.claim");
  return std::move(transition->job);
}

}  // namespace

ClaimBatch claim_jobs(sqlite::Connection& connection, const ClaimRequest& request, Time now) {
  ClaimBatch claimed;
  std::optional<Error> read_error;
  std::size_t moves = promote_due(connection, now, kMaxMoves);
  while (moves < kMaxMoves && claimed.jobs.size() < request.max && !connection.failed()) {
    const auto turn = next_turn(connection);
    if (!turn) break;
    auto record = next_ready(connection, *turn, read_error);
    if (!record) break;
    if (postpone(connection, *record, now)) {
      ++moves;
    } else if (auto job = claim(connection, *record, request, now)) {
      claimed.jobs.push_back(std::move(*job));
    }
  }
  // Reported only if nothing was claimed, since an error rolls the transaction back.
  if (read_error && claimed.jobs.empty()) connection.fail(std::move(*read_error));
  claimed.call_again = moves >= kMaxMoves && claimed.jobs.empty();
  return claimed;
}

}  // namespace convert::job_store
