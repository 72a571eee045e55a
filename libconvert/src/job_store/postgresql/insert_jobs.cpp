// SPDX-License-Identifier: MIT
#include "job_store/postgresql/insert_jobs.hpp"

#include <algorithm>
#include <limits>
#include <string>
#include <utility>

#include <convert/life_cycle.hpp>

#include "base/fault_point.hpp"
#include "base/try.hpp"
#include "job_store/job_store_rules.hpp"
#include "job_store/postgresql/job_row.hpp"
#include "job_store/postgresql/postgresql_job_statements.hpp"
#include "job_store/stored_json.hpp"

namespace convert::job_store::pg {
namespace {

using postgresql::Connection;
using postgresql::ConnectionPool;
using postgresql::Outcome;

/// A job of a batch. Its answer is empty while it is not known.
struct NewJob {
  Job job;
  std::optional<Result<Job>> answer{};
};

/// The parameters of kInsertJobs.
struct InsertArrays {
  std::vector<std::string> owner, unique_key, fingerprint, inputs, spec, labels, keys;
  std::vector<std::int64_t> priority, urgency, not_before, max_attempts, max_interruptions, input_bytes,
      key_jobs;

  void add(const JobRequest& request) {
    owner.push_back(request.owner);
    priority.push_back(request.priority);
    urgency.push_back(request.urgency);
    not_before.push_back(request.not_before.time_since_epoch().count());
    max_attempts.push_back(request.max_attempts);
    max_interruptions.push_back(request.max_interruptions);
    unique_key.push_back(request.unique_key);
    fingerprint.push_back(request.fingerprint);
    inputs.push_back(inputs_to_json(request.inputs));
    spec.push_back(to_json(request.spec));
    labels.push_back(labels_to_json(request.labels));
    constexpr std::uint64_t kMax = std::numeric_limits<std::int64_t>::max();
    input_bytes.push_back(static_cast<std::int64_t>(std::min(total_bytes(request.inputs), kMax)));
    for (const auto& input : request.inputs) {
      keys.push_back(input.key);
      key_jobs.push_back(static_cast<std::int64_t>(owner.size()));
    }
  }
};

/// The error for a job that was not recorded because its unique key or the blob of an input is taken.
/// Nothing if the other job no longer exists.
Result<std::optional<Error>> find_conflict(Connection& connection, const JobRequest& request) {
  if (!request.unique_key.empty()) {
    auto rows = connection.query(kFindUniqueKeyJob, request.owner, request.unique_key);
    if (rows.next()) return std::optional(unique_key_taken(request, rows.integer(0)));
  }
  std::vector<std::string> keys;
  for (const auto& input : request.inputs) keys.push_back(input.key);
  auto rows = connection.query(kFindTakenKey, keys, JobId{0});
  if (auto failure = connection.take_error()) return *failure;
  if (rows.next()) return std::optional(input_taken(rows.text(0)));
  return std::optional<Error>();
}

/// Records the jobs. Those whose unique key is taken get no answer.
Result<void> record(Connection& connection, std::span<NewJob* const> jobs, std::optional<Time> clock) {
  InsertArrays values;
  for (const NewJob* added : jobs) values.add(added->job.request);
  auto rows = connection.query(kInsertJobs, clock, values.owner, values.priority, values.urgency,
                               values.not_before, values.max_attempts, values.max_interruptions,
                               values.unique_key, values.fingerprint, values.inputs, values.spec,
                               values.labels, values.input_bytes, values.keys, values.key_jobs);
  if (connection.failed()) return *connection.error();
  while (rows.next()) {
    NewJob& recorded = *jobs[static_cast<std::size_t>(rows.integer(0) - 1)];
    Job job = recorded.job;
    job.id = rows.integer(1);
    job.revision = rows.integer(2);
    job.created = rows.time(3);
    recorded.answer = std::move(job);
  }
  CONVERT_FAULT_POINT("postgresql_job_store.insert");
  return {};
}

/// After a commit with an unknown outcome: the job that has the first input, which belongs to one job only.
std::optional<Job> find_recorded(ConnectionPool& pool, const JobRequest& request) {
  std::optional<Job> found;
  const auto read = pool.read([&](Connection& connection) -> Result<void> {
    const std::vector<std::string> keys{request.inputs.front().key};
    auto owner = connection.query(kFindTakenKey, keys, JobId{0});
    if (!owner.next()) return {};
    auto rows = connection.query(kFindJobRow, std::optional<Time>(), owner.integer(1));
    if (!rows.next()) return {};
    CONVERT_TRY_ASSIGN(auto stored, read_job_row(rows));
    found = std::move(stored.job);
    return {};
  });
  return read && found && found->request.owner == request.owner && found->request.inputs == request.inputs
             ? found
             : std::nullopt;
}

/// Records one job, and finds out why if that is not possible.
Result<Job> insert_alone(ConnectionPool& pool, NewJob& added, std::optional<Time> clock) {
  constexpr int kMaxTries = 5;
  std::optional<Error> conflict;
  for (int tries = 1;; ++tries) {
    NewJob* const jobs[] = {&added};
    bool taken = false;
    const auto end = pool.run({}, [&](Connection& connection) -> Result<void> {
      const auto recorded = record(connection, jobs, clock);
      taken = !recorded && postgresql::is_unique_violation(connection.sqlstate());
      return recorded;
    });
    if (added.answer) return std::move(*added.answer);
    if (end.outcome == Outcome::unknown) {
      if (auto job = find_recorded(pool, added.job.request)) return std::move(*job);
    }
    if (!end && !taken) return *end.error;
    const auto read = pool.read([&](Connection& connection) -> Result<void> {
      CONVERT_TRY_ASSIGN(conflict, find_conflict(connection, added.job.request));
      return {};
    });
    if (!read) return read.error();
    if (conflict) return std::move(*conflict);
    if (tries == kMaxTries) {
      return Error{Errc::unavailable, "Other jobs with the same unique key come and go: try again.", true};
    }
  }
}

}  // namespace

std::vector<Result<Job>> insert_jobs(ConnectionPool& pool, std::span<const JobRequest* const> requests,
                                     std::optional<Time> clock) {
  std::vector<NewJob> jobs;
  jobs.reserve(requests.size());
  std::vector<NewJob*> valid;
  for (const JobRequest* request : requests) {
    auto job = new_job(*request, Time());
    if (job) {
      jobs.push_back({std::move(*job)});
      valid.push_back(&jobs.back());
    } else {
      jobs.push_back({{}, job.error()});
    }
  }
  if (valid.size() > 1) {
    const auto end = pool.run(
        {}, [&](Connection& connection) -> Result<void> { return record(connection, valid, clock); });
    if (!end) {
      for (NewJob* job : valid) job->answer.reset();
    }
    // The jobs of a commit with an unknown outcome are looked for, one by one.
    if (end.outcome == Outcome::unknown) {
      for (NewJob* job : valid) {
        if (auto found = find_recorded(pool, job->job.request)) {
          job->answer = std::move(*found);
        } else {
          job->answer = *end.error;
        }
      }
    }
  }
  for (NewJob* job : valid) {
    if (!job->answer) job->answer = insert_alone(pool, *job, clock);
  }
  std::vector<Result<Job>> answers;
  for (NewJob& job : jobs) answers.push_back(std::move(*job.answer));
  return answers;
}

}  // namespace convert::job_store::pg
