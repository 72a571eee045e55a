// SPDX-License-Identifier: MIT
#include "job_store/sqlite/job_queries.hpp"

#include <algorithm>
#include <limits>
#include <string>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "job_store/sqlite/job_record.hpp"
#include "job_store/sqlite/job_statements.hpp"

namespace convert::job_store {
namespace {

/// The statement for a filter. It contains only the filter's conditions, so that SQLite finds the right
/// index.
class ListStatement {
 public:
  explicit ListStatement(const JobFilter& filter) : sql_(statements::kListJobs) {
    start(filter);
    if (filter.owner) add("AND jobs.owner = ${} ", *filter.owner);
    if (!filter.states.empty()) add_states(filter);
    if (!filter.unique_key.empty()) add("AND jobs.unique_key = ${} ", filter.unique_key);
    if (!filter.fingerprint.empty()) add("AND jobs.fingerprint = ${} ", filter.fingerprint);
    if (!filter.file.empty()) add(statements::kHasFile, filter.file);
    if (filter.finished_before) {
      add("AND jobs.finished < ${} ", filter.finished_before->time_since_epoch().count());
    }
    if (filter.has_inputs) sql_ += "AND jobs.inputs_expired = 0 ";
    if (filter.has_outputs) sql_ += "AND jobs.has_outputs = 1 ";
    // Uses the index of finished jobs instead of scanning by id: few jobs are due to expire.
    sql_ += filter.finished_before ? "ORDER BY +jobs.id " : "ORDER BY jobs.id ";
    if (filter.descending) sql_ += "DESC ";
    add("LIMIT ${}", static_cast<std::int64_t>(filter.max));
  }

  const std::string& sql() const { return sql_; }
  const std::vector<sqlite::Connection::Value>& values() const { return values_; }

 private:
  void start(const JobFilter& filter) {
    const bool from_top = filter.descending && filter.after == 0;
    const auto after = from_top ? std::numeric_limits<JobId>::max() : filter.after;
    add(from_top ? "<= ${} " : filter.descending ? "< ${} " : "> ${} ", after);
  }
  void add(std::string_view condition, sqlite::Connection::Value value) {
    values_.push_back(std::move(value));
    sql_ += fmt::format(fmt::runtime(condition), values_.size());
  }
  void add_states(const JobFilter& filter) {
    std::vector<int> numbers;
    for (const auto state : filter.states) numbers.push_back(static_cast<int>(state));
    std::sort(numbers.begin(), numbers.end());  // fewer different statements
    // Uses the index of states only if no other condition is narrower.
    const bool narrower = filter.owner || !filter.fingerprint.empty() || filter.finished_before;
    sql_ += fmt::format("AND {}jobs.state IN ({}) ", narrower ? "+" : "", fmt::join(numbers, ", "));
  }

  std::string sql_;
  std::vector<sqlite::Connection::Value> values_;
};

std::int64_t count(sqlite::Cursor rows) { return rows.next() ? rows.integer(0) : 0; }

/// When the oldest ready job became ready; at most `now`.
Time oldest_ready_since(sqlite::Connection& connection, Time now) {
  auto oldest = now;
  for (const auto queue_state : {QueueState::ready, QueueState::delayed, QueueState::waiting}) {
    auto rows = connection.query(statements::kOldestReady, static_cast<int>(queue_state), now);
    if (rows.next()) oldest = std::min(oldest, rows.time(0));
  }
  return oldest;
}

}  // namespace

std::vector<Job> list_jobs(sqlite::Connection& connection, const JobFilter& filter) {
  std::vector<Job> jobs;
  const ListStatement statement(filter);
  auto rows = connection.query_with(statement.sql(), statement.values());
  while (rows.next()) {
    if (auto record = read_record(connection, rows)) jobs.push_back(std::move(record->job));
  }
  return jobs;
}

std::vector<Claim> find_lost_claims(sqlite::Connection& connection, std::span<const Claim> claims) {
  std::vector<Claim> lost;
  for (const Claim& claim : claims) {
    auto rows = connection.query(statements::kFindLease, claim.id, claim.token);
    if (!rows.next()) lost.push_back(claim);
  }
  return lost;
}

Revision read_last_revision(sqlite::Connection& connection) {
  return count(connection.query(statements::kLastRevision));
}

Statistics read_statistics(sqlite::Connection& connection, Time now) {
  Statistics statistics;
  {
    auto rows = connection.query(statements::kCountStates);
    while (rows.next()) {
      const auto state = static_cast<std::size_t>(rows.integer(0));
      if (state >= 1 && state <= kJobStates) {
        statistics.jobs[state - 1] = static_cast<std::uint64_t>(rows.integer(1));
      }
    }
  }
  statistics.delayed = static_cast<std::uint64_t>(count(connection.query(statements::kCountDelayed, now)));
  statistics.waiting = static_cast<std::uint64_t>(count(connection.query(statements::kCountWaiting, now)));
  statistics.ready = statistics.in(JobState::queued)-statistics.delayed - statistics.waiting;
  statistics.oldest_ready = now - oldest_ready_since(connection, now);
  statistics.owners = static_cast<std::uint64_t>(count(connection.query(statements::kCountOwners)));
  statistics.revision = read_last_revision(connection);
  return statistics;
}

Usage read_usage(sqlite::Connection& connection, std::string_view owner) {
  auto rows = connection.query(statements::kSumUsage, owner);
  if (!rows.next()) return {};
  const auto number = [&](int column) { return static_cast<std::uint64_t>(rows.integer(column)); };
  return {number(0), number(1), number(2), number(3)};
}

namespace {

std::vector<Change> changes_of_rows(sqlite::Cursor rows) {
  std::vector<Change> changes;
  while (rows.next()) {
    changes.push_back({rows.integer(0), rows.integer(1), rows.text(2),
                       static_cast<ChangeKind>(rows.integer(3)), static_cast<JobState>(rows.integer(4)),
                       rows.time(5)});
  }
  return changes;
}

/// A LIMIT.
std::size_t row_limit(std::size_t max) {
  return std::min<std::size_t>(max, std::numeric_limits<std::int64_t>::max());
}

}  // namespace

std::vector<Change> list_changes(sqlite::Connection& connection, Revision after, std::size_t max) {
  return changes_of_rows(connection.query(statements::kListChanges, after, row_limit(max)));
}

std::vector<Change> list_job_changes(sqlite::Connection& connection, JobId id, Revision after,
                                     std::size_t max) {
  return changes_of_rows(connection.query(statements::kListJobChanges, id, after, row_limit(max)));
}

}  // namespace convert::job_store
