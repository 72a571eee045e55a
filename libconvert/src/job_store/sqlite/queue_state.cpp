// SPDX-License-Identifier: MIT
#include "job_store/sqlite/queue_state.hpp"

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "job_store/sqlite/job_statements.hpp"

namespace convert::job_store {
namespace {

/// The columns that are needed to move a job.
struct QueuedJob {
  JobId id = 0;
  JobRequest request{};  // of which only the owner and the urgency are set
  Time due{};
};

/// Reads a row of id, owner, urgency and due.
std::optional<QueuedJob> read_queued(sqlite::Cursor& rows) {
  if (!rows.next()) return std::nullopt;
  QueuedJob job;
  job.id = rows.integer(0);
  job.request.owner = rows.text(1);
  job.request.urgency = static_cast<int>(rows.integer(2));
  job.due = rows.time(3);
  return job;
}

std::optional<QueuedJob> find_waiting(sqlite::Connection& connection, std::string_view fingerprint,
                                      const std::optional<QueuedJob>& before) {
  auto rows = before ? connection.query(statements::kNextWaitingJob, fingerprint, before->request.owner)
                     : connection.query(statements::kFirstWaitingJob, fingerprint);
  return read_queued(rows);
}

void make_ready(sqlite::Connection& connection, const QueuedJob& job, QueueState from) {
  connection.execute(statements::kMoveJob, job.id, static_cast<int>(QueueState::ready), job.due);
  count_move(connection, job.request, from, QueueState::ready);
}

}  // namespace

void count_move(sqlite::Connection& connection, const JobRequest& request, QueueState from, QueueState to) {
  const int queued = static_cast<int>(to != QueueState::none) - static_cast<int>(from != QueueState::none);
  const int ready = static_cast<int>(to == QueueState::ready) - static_cast<int>(from == QueueState::ready);
  if (queued == 0 && ready == 0) return;
  if (queued > 0) connection.execute(statements::kAddTurn, request.owner, request.urgency);
  connection.execute(statements::kCountQueued, request.owner, request.urgency, queued, ready);
}

void move_to(sqlite::Connection& connection, Record& record, QueueState to, Time due) {
  connection.execute(statements::kMoveJob, record.job.id, static_cast<int>(to), due);
  count_move(connection, record.job.request, record.queue_state, to);
  record.queue_state = to;
  record.due = due;
}

std::size_t promote_due(sqlite::Connection& connection, Time now, std::size_t max) {
  std::vector<QueuedJob> jobs;
  {
    auto rows = connection.query(statements::kDueJobs, now, max);
    while (auto job = read_queued(rows)) jobs.push_back(std::move(*job));
  }
  for (const auto& job : jobs) make_ready(connection, job, QueueState::delayed);
  return jobs.size();
}

bool has_running_duplicate(sqlite::Connection& connection, const Job& job) {
  if (job.request.fingerprint.empty()) return false;
  auto rows = connection.query(statements::kRunningDuplicate, job.request.fingerprint);
  return rows.next();
}

void release_duplicates(sqlite::Connection& connection, std::string_view fingerprint) {
  if (fingerprint.empty()) return;
  std::optional<QueuedJob> job;
  while ((job = find_waiting(connection, fingerprint, job)))
    make_ready(connection, *job, QueueState::waiting);
}

}  // namespace convert::job_store
