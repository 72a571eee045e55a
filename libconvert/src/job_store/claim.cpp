// SPDX-License-Identifier: MIT
#include "job_store/claim.hpp"

#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <utility>

#include <fmt/format.h>

#include <convert/life_cycle.hpp>

#include "io/fault_point.hpp"
#include "job_store/job_record.hpp"
#include "job_store/job_tables.hpp"
#include "job_store/places.hpp"
#include "job_store/statements.hpp"

namespace convert::job_store {
namespace {

/// How many jobs one transaction moves besides those that it claims: some milliseconds.
constexpr std::size_t kMostMoves = 500;

/// How long a job that only a newer build understands is left to builds which do.
constexpr std::chrono::seconds kLeftToOthers(1);

struct Turn {
  std::string owner;
  int urgency = 0;
};

std::optional<Turn> next_turn(sqlite::Session& session) {
  auto rows = session.query(sql::next_turn);
  if (!rows.next()) return std::nullopt;
  return Turn{rows.text(0), static_cast<int>(rows.integer(1))};
}

/// A record that can't be read: as one that is not understood, so that the others get their turns.
Record unreadable(JobId id, const Turn& turn) {
  Record record;
  record.job.id = id;
  record.job.request.owner = turn.owner;
  record.job.request.urgency = turn.urgency;
  record.place = Place::ready;
  record.understood = false;
  return record;
}

std::optional<Record> next_ready(sqlite::Session& session, const Turn& turn, std::optional<Error>& damage) {
  auto rows = session.query(sql::next_ready_job, turn.owner, turn.urgency);
  if (rows.next()) {
    auto record = read_record(session, rows);
    if (record) return record;
    damage = session.take_failure();
    return unreadable(rows.integer(0), turn);
  }
  session.fail({Errc::internal,
                fmt::format("The counts of owner \"{}\" in {} do not fit the jobs: the database was changed "
                            "by another program. Restore it from a backup.",
                            turn.owner, session.file())});
  return std::nullopt;
}

/// Leaves a job for later. Its twins, of which it was to be the first, need not wait for it.
void leave(sqlite::Session& session, Record& record, Time due) {
  move_to(session, record, Place::delayed, due);
  if (!twin_runs(session, record.job)) free_twins(session, record.job.request.fingerprint);
}

/// Whether the job can't be claimed now, and was put where it can wait.
bool put_aside(sqlite::Session& session, Record& record, Time now) {
  if (record.job.not_before > now) {  // it was ready, but then the clock was set back
    leave(session, record, record.job.not_before);
  } else if (!record.understood) {
    leave(session, record, now + kLeftToOthers);
  } else if (twin_runs(session, record.job)) {
    move_to(session, record, Place::waiting, record.due);
  } else {
    return false;
  }
  return true;
}

std::optional<Job> claim(sqlite::Session& session, const Record& record, const ClaimRequest& request,
                         Time now) {
  auto transition = next(record.job, event::Claimed{request.worker, record.job.token + 1}, now);
  if (!transition) {
    session.fail(transition.error());
    return std::nullopt;
  }
  if (const auto stored = store_transition(session, record, *transition, now); !stored) {
    session.fail(stored.error());
  }
  insert_lease(session, transition->job, now, request.lease);
  CONVERT_FAULT_POINT("job_store.claim");
  return std::move(transition->job);
}

}  // namespace

Claimed claim_jobs(sqlite::Session& session, const ClaimRequest& request, Time now) {
  Claimed claimed;
  std::optional<Error> damage;
  std::size_t moves = promote_due(session, now, kMostMoves);
  while (moves < kMostMoves && claimed.jobs.size() < request.max && !session.failed()) {
    const auto turn = next_turn(session);
    if (!turn) break;
    auto record = next_ready(session, *turn, damage);
    if (!record) break;
    if (put_aside(session, *record, now)) {
      ++moves;
    } else if (auto job = claim(session, *record, request, now)) {
      claimed.jobs.push_back(std::move(*job));
    }
  }
  // Said where it holds nobody up, as it undoes all moves.
  if (damage && claimed.jobs.empty()) session.fail(std::move(*damage));
  claimed.again = moves >= kMostMoves && claimed.jobs.empty();
  return claimed;
}

}  // namespace convert::job_store
