// SPDX-License-Identifier: MIT
#include "job_store/postgresql/job_lookup.hpp"

#include <algorithm>
#include <limits>
#include <string>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "base/try.hpp"
#include "base/utf8.hpp"
#include "job_store/job_store_rules.hpp"
#include "job_store/postgresql/postgresql_job_statements.hpp"

namespace convert::job_store::pg {
namespace {

using postgresql::Connection;
using postgresql::ConnectionPool;
using postgresql::Parameters;
using postgresql::Rows;

/// The statement for a filter. It contains only the filter's conditions, so that the planner finds the index
/// for them.
class FilterStatement {
 public:
  explicit FilterStatement(const JobFilter& filter) : sql_(kListJobRows) {
    start(filter);
    if (filter.owner) add("AND jobs.owner = ${}", *filter.owner);
    if (!filter.states.empty()) add_states(filter.states);
    if (!filter.unique_key.empty()) add("AND jobs.unique_key = ${}", filter.unique_key);
    if (!filter.fingerprint.empty()) {
      add(filter.has_outputs ? "AND ended.fingerprint = ${}" : "AND jobs.fingerprint = ${}",
          filter.fingerprint);
    }
    if (!filter.file.empty()) add(kHasName, filter.file);
    if (filter.finished_before) add("AND ended.finished < ${}", *filter.finished_before);
    if (filter.has_inputs) {
      sql_ += filter.finished_before ? "AND NOT ended.inputs_expired "
                                     : "AND NOT COALESCE(ended.inputs_expired, false) ";
    }
    if (filter.has_outputs) sql_ += "AND ended.has_outputs ";
    // Few jobs are due to expire: the index of finished jobs finds them, that of ids would scan them all.
    sql_ += filter.finished_before ? "ORDER BY jobs.id + 0 " : "ORDER BY jobs.id ";
    if (filter.descending) sql_ += "DESC ";
    add("LIMIT ${}", filter.max);
  }

  const std::string& sql() const { return sql_; }
  const Parameters& values() const { return values_; }

 private:
  static constexpr std::string_view kHasName =
      "AND ((NOT COALESCE(ended.inputs_expired, false) AND EXISTS (SELECT 1 FROM "
      "json_array_elements(NULLIF(jobs.inputs, '')::json) AS file WHERE file ->> 'name' = ${0}::text)) OR "
      "EXISTS (SELECT 1 FROM json_array_elements(NULLIF(ended.outputs, '')::json) AS file "
      "WHERE file ->> 'name' = ${0}::text))";

  void start(const JobFilter& filter) {
    const bool from_top = filter.descending && filter.after == 0;
    const auto after = from_top ? std::numeric_limits<JobId>::max() : filter.after;
    add(from_top ? "jobs.id <= ${}" : filter.descending ? "jobs.id < ${}" : "jobs.id > ${}", after);
  }
  template <class Value>
  void add(std::string_view condition, const Value& value) {
    values_.add(value);
    sql_ += fmt::format(fmt::runtime(condition), values_.size());
    sql_ += ' ';
  }
  void add_states(const std::vector<JobState>& states) {
    std::vector<int> numbers;
    for (const auto state : states) numbers.push_back(static_cast<int>(state));
    std::sort(numbers.begin(), numbers.end());  // fewer different statements
    const bool unfinished = std::none_of(states.begin(), states.end(), ended);
    if (unfinished) sql_ += "AND jobs.id IN (SELECT job FROM queue UNION ALL SELECT job FROM leases) ";
    if (std::all_of(states.begin(), states.end(), ended)) {
      sql_ += fmt::format("AND ended.state IN ({}) ", fmt::join(numbers, ", "));
    } else {
      sql_ += fmt::format(
          "AND CASE WHEN queue.job IS NOT NULL THEN 1 WHEN leases.job IS NOT NULL THEN 2 ELSE ended.state "
          "END "
          "IN ({}) ",
          fmt::join(numbers, ", "));
    }
  }

  std::string sql_;
  Parameters values_;
};

/// Whether the database can hold the filter's texts. No job has others.
bool can_match(const JobFilter& filter) {
  return (!filter.owner || base::is_storable(*filter.owner)) && base::is_storable(filter.unique_key) &&
         base::is_storable(filter.fingerprint) && base::is_storable(filter.file);
}

Result<std::vector<Job>> read_jobs(Rows& rows) {
  std::vector<Job> jobs;
  jobs.reserve(rows.size());
  while (rows.next()) {
    CONVERT_TRY_ASSIGN(auto stored, read_job_row(rows));
    jobs.push_back(std::move(stored.job));
  }
  return jobs;
}

}  // namespace

Result<TimedJob> find_job(ConnectionPool& pool, JobId id, std::optional<Time> clock) {
  std::optional<TimedJob> found;
  CONVERT_TRY(pool.read([&](Connection& connection) -> Result<void> {
    auto rows = connection.query(kFindJobRow, clock, id);
    if (!rows.next()) return {};
    CONVERT_TRY_ASSIGN(auto stored, read_job_row(rows));
    found = TimedJob{std::move(stored.job), rows.time(kJobRowColumns)};
    return {};
  }));
  if (!found) return no_such_job(id);
  return std::move(*found);
}

Result<std::vector<Job>> find_jobs(ConnectionPool& pool, std::span<const JobId> ids) {
  std::vector<Job> jobs;
  if (ids.empty()) return jobs;
  CONVERT_TRY(pool.read([&](Connection& connection) -> Result<void> {
    auto rows = connection.query(kFindJobRows, ids);
    CONVERT_TRY_ASSIGN(jobs, read_jobs(rows));
    return {};
  }));
  return jobs;
}

Result<std::vector<Job>> list_stored_jobs(ConnectionPool& pool, const JobFilter& filter) {
  std::vector<Job> jobs;
  if (!can_match(filter)) return jobs;
  const FilterStatement statement(filter);
  CONVERT_TRY(pool.read([&](Connection& connection) -> Result<void> {
    auto rows = connection.query_with(statement.sql(), statement.values());
    CONVERT_TRY_ASSIGN(jobs, read_jobs(rows));
    return {};
  }));
  return jobs;
}

Result<std::vector<TimedJob>> list_expired_jobs(ConnectionPool& pool, std::size_t max,
                                                std::optional<Time> clock) {
  std::vector<TimedJob> jobs;
  std::optional<Error> damage;
  CONVERT_TRY(pool.read([&](Connection& connection) -> Result<void> {
    jobs.clear();
    auto rows = connection.query(kExpiredJobs, clock, max);
    while (rows.next()) {
      auto stored = read_job_row(rows);
      if (stored) {
        jobs.push_back({std::move(stored->job), rows.time(kJobRowColumns)});
      } else {
        damage = std::move(stored).error();
      }
    }
    return {};
  }));
  if (damage && jobs.empty()) return std::move(*damage);
  return jobs;
}

Result<std::vector<Claim>> find_lost(ConnectionPool& pool, std::span<const Claim> claims) {
  std::vector<Claim> lost;
  if (claims.empty()) return lost;
  std::vector<std::int64_t> ids;
  std::vector<std::int64_t> tokens;
  for (const Claim& claim : claims) {
    ids.push_back(claim.id);
    tokens.push_back(claim.token);
  }
  CONVERT_TRY(pool.read([&](Connection& connection) -> Result<void> {
    lost.clear();
    auto rows = connection.query(kLostClaims, ids, tokens);
    while (rows.next()) lost.push_back({rows.integer(0), rows.integer(1)});
    return {};
  }));
  return lost;
}

Result<std::vector<Key>> find_unreferenced(ConnectionPool& pool, std::span<const Key> keys) {
  std::vector<Key> unreferenced;
  if (keys.empty()) return unreferenced;
  CONVERT_TRY(pool.read([&](Connection& connection) -> Result<void> {
    unreferenced.clear();
    auto rows = connection.query(kUnreferencedKeys, keys);
    while (rows.next()) unreferenced.push_back(rows.text(0));
    return {};
  }));
  return unreferenced;
}

Result<Statistics> count_jobs(ConnectionPool& pool, std::optional<Time> clock) {
  Statistics statistics;
  CONVERT_TRY(pool.read([&](Connection& connection) -> Result<void> {
    auto rows = connection.query(kReadStatistics, clock);
    if (!rows.next()) return {};
    const auto number = [&](int column) { return static_cast<std::uint64_t>(rows.integer(column)); };
    int column = 0;
    for (auto& jobs : statistics.jobs) jobs = number(column++);
    statistics.ready = number(column++);
    statistics.delayed = number(column++);
    statistics.waiting = number(column++);
    // NULL, which reads as zero, without ready jobs.
    statistics.oldest_ready = std::chrono::milliseconds(std::max<std::int64_t>(rows.integer(column++), 0));
    statistics.owners = number(column);
    return {};
  }));
  return statistics;
}

Result<Usage> sum_usage(ConnectionPool& pool, std::string_view owner) {
  Usage usage;
  if (!base::is_storable(owner)) return usage;
  CONVERT_TRY(pool.read([&](Connection& connection) -> Result<void> {
    auto rows = connection.query(kSumOwnerUsage, owner);
    if (!rows.next()) return {};
    const auto number = [&](int column) { return static_cast<std::uint64_t>(rows.integer(column)); };
    usage = {number(0), number(1), number(2), number(3)};
    return {};
  }));
  return usage;
}

}  // namespace convert::job_store::pg
