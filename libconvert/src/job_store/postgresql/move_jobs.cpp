// SPDX-License-Identifier: MIT
#include "job_store/postgresql/move_jobs.hpp"

#include <algorithm>
#include <iterator>
#include <limits>
#include <string>
#include <utility>

#include "base/fault_point.hpp"
#include "job_store/job_store_rules.hpp"
#include "job_store/postgresql/postgresql_job_statements.hpp"
#include "job_store/stored_json.hpp"

namespace convert::job_store::pg {
namespace {

using postgresql::Connection;
using postgresql::ConnectionPool;
using postgresql::TransactionEnd;

/// Stands for NULL in an array of numbers.
constexpr std::int64_t kNull = std::numeric_limits<std::int64_t>::min();

/// The tables that hold a job's state, by their numbers in kMoveJobs.
enum class StateTable : std::int64_t { none = 0, queue = 1, leases = 2, ended = 3 };

StateTable table_of(JobState state) {
  if (state == JobState::queued) return StateTable::queue;
  return state == JobState::running ? StateTable::leases : StateTable::ended;
}

std::int64_t number_of(Time time) { return time.time_since_epoch().count(); }
std::int64_t number_of(const std::optional<Time>& time) { return time ? number_of(*time) : kNull; }

/// The keys of the blobs that the job still has, sorted.
std::vector<Key> referenced_keys(const Job& job) {
  std::vector<Key> keys;
  if (!job.inputs_expired) {
    for (const auto& input : job.request.inputs) keys.push_back(input.key);
  }
  for (const auto& output : job.outputs) keys.push_back(output.key);
  std::sort(keys.begin(), keys.end());
  return keys;
}

/// The parameters of kMoveJobs.
class MoveArrays {
 public:
  void add(const Move& move) {
    const Job& before = move.before;
    const Job& after = move.removed ? move.before : move.after.job;
    const auto target = move.removed ? StateTable::none : table_of(after.state);
    job.push_back(before.id);
    expected.push_back(before.revision);
    source.push_back(static_cast<std::int64_t>(table_of(before.state)));
    targets.push_back(static_cast<std::int64_t>(target));
    kind.push_back(static_cast<std::int64_t>(move.after.kind));
    state.push_back(static_cast<std::int64_t>(after.state));
    owner.push_back(before.request.owner);
    urgency.push_back(before.request.urgency);
    priority.push_back(before.request.priority);
    fingerprint.push_back(after.request.fingerprint);
    token.push_back(after.token);
    attempt.push_back(after.attempt);
    interruptions.push_back(after.interruptions);
    not_before.push_back(number_of(after.not_before));
    started.push_back(number_of(after.started));
    error_code.push_back(after.error ? static_cast<std::int64_t>(after.error->code) : 0);
    error_message.push_back(after.error ? after.error->message : std::string());
    error_retryable.push_back(after.error && after.error->retryable);
    progress.push_back(after.progress);
    finished.push_back(move.finished_at_commit ? kNull : number_of(after.finished));
    outputs.push_back(outputs_to_json(after.outputs));
    warnings.push_back(warnings_to_json(after.warnings));
    inputs_expired.push_back(after.inputs_expired);
    outputs_expired.push_back(after.outputs_expired);
    has_outputs.push_back(!after.outputs.empty());
    constexpr std::uint64_t kMax = std::numeric_limits<std::int64_t>::max();
    output_bytes.push_back(static_cast<std::int64_t>(std::min(total_bytes(after.outputs), kMax)));
    const bool replaced = move.after.kind == ChangeKind::replaced && !move.removed;
    spec.push_back(replaced ? to_json(after.request.spec) : std::string());
    const bool waits = after.not_before > move.now;
    place.push_back(waits ? 2 : 1);
    due.push_back(number_of(waits ? after.not_before : ready_since(after)));
    add_keys(move, before, after);
    only_ends = only_ends && before.state == JobState::running && target == StateTable::ended &&
                freed_keys.empty() && !replaced;
  }
  postgresql::Parameters parameters(std::optional<Time> clock, bool only_expired) const {
    return postgresql::Parameters(
        clock, job, expected, source, targets, kind, state, owner, urgency, priority, fingerprint, token,
        attempt, interruptions, not_before, started, error_code, error_message, error_retryable, place, due,
        progress, finished, outputs, warnings, inputs_expired, outputs_expired, has_outputs, output_bytes,
        spec, freed_keys, freed_jobs, taken_keys, taken_jobs, only_expired);
  }

  std::vector<Key> taken_keys;
  bool only_ends = true;

 private:
  using Numbers = std::vector<std::int64_t>;
  using Texts = std::vector<std::string>;

  void add_keys(const Move& move, const Job& before, const Job& after) {
    const auto old_keys = referenced_keys(before);
    const auto new_keys = move.removed ? std::vector<Key>() : referenced_keys(after);
    std::set_difference(old_keys.begin(), old_keys.end(), new_keys.begin(), new_keys.end(),
                        std::back_inserter(freed_keys));
    freed_jobs.resize(freed_keys.size(), before.id);
    std::set_difference(new_keys.begin(), new_keys.end(), old_keys.begin(), old_keys.end(),
                        std::back_inserter(taken_keys));
    taken_jobs.resize(taken_keys.size(), before.id);
  }

  Numbers job, expected, source, targets, kind, state, urgency, priority, token, attempt, interruptions,
      not_before, started, error_code, error_retryable, place, due, finished, inputs_expired, outputs_expired,
      has_outputs, output_bytes, freed_jobs, taken_jobs;
  Texts owner, fingerprint, error_message, outputs, warnings, spec, freed_keys;
  std::vector<double> progress;
};

/// Those whose duplicates may be next: a job that ran, or was first in the queue, does not run now.
std::vector<std::string> fingerprints_to_release(std::span<Move* const> moves) {
  std::vector<std::string> fingerprints;
  for (const Move* move : moves) {
    const auto& fingerprint = move->before.request.fingerprint;
    if (!fingerprint.empty() && !ended(move->before.state)) fingerprints.push_back(fingerprint);
  }
  return fingerprints;
}

/// The key of an output that belongs to another job, if that is why a statement failed.
std::optional<Error> find_taken_output(ConnectionPool& pool, const std::vector<Key>& keys, JobId id) {
  std::optional<Error> taken;
  const auto read = pool.read([&](Connection& connection) -> Result<void> {
    auto rows = connection.query(kFindTakenKey, keys, id);
    if (rows.next()) taken = input_taken(rows.text(0));
    return {};
  });
  return read ? taken : std::optional(read.error());
}

}  // namespace

TransactionEnd store_moves(ConnectionPool& pool, std::span<Move* const> moves, std::optional<Time> clock,
                           bool only_expired) {
  std::vector<const Move*> sorted(moves.begin(), moves.end());
  std::sort(sorted.begin(), sorted.end(),
            [](const Move* a, const Move* b) { return a->before.id < b->before.id; });
  MoveArrays arrays;
  for (const Move* move : sorted) arrays.add(*move);
  const auto released = fingerprints_to_release(moves);
  const auto statement = arrays.only_ends ? kEndJobs : kMoveJobs;
  const auto parameters = arrays.parameters(clock, only_expired);
  bool taken = false;
  auto end = pool.run({}, [&](Connection& connection) -> Result<void> {
    for (Move* move : moves) move->stored = false;
    const auto moved = connection.post_query_with(statement, parameters);
    // A statement of its own: jobs may be put aside until the first one has their lease.
    if (!released.empty()) connection.post(kReleaseDuplicates, released);
    auto rows = connection.rows(moved);
    taken = connection.failed() && postgresql::is_unique_violation(connection.sqlstate());
    while (rows.next()) {
      const auto id = rows.integer(0);
      for (Move* move : moves) {
        if (move->before.id != id) continue;
        move->stored = true;
        move->after.job.revision = rows.integer(1);
        if (move->finished_at_commit) move->after.job.finished = rows.time(2);
      }
    }
    CONVERT_FAULT_POINT("postgresql_job_store.move");
    return {};
  });
  if (!end) {
    for (Move* move : moves) move->stored = false;
  }
  if (taken) {
    if (auto conflict = find_taken_output(pool, arrays.taken_keys, moves.front()->before.id))
      end.error = std::move(conflict);
  }
  return end;
}

}  // namespace convert::job_store::pg
