// SPDX-License-Identifier: MIT
#include "job_store/places.hpp"

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "job_store/statements.hpp"

namespace convert::job_store {
namespace {

/// What has to be known of a job to move it.
struct Queued {
  JobId id = 0;
  JobRequest request{};  // of which only the owner and the urgency are set
  Time due{};
};

/// The row of a statement that selects id, owner, urgency and due.
std::optional<Queued> read_queued(sqlite::Cursor& rows) {
  if (!rows.next()) return std::nullopt;
  Queued job;
  job.id = rows.integer(0);
  job.request.owner = rows.text(1);
  job.request.urgency = static_cast<int>(rows.integer(2));
  job.due = rows.time(3);
  return job;
}

std::optional<Queued> find_waiting(sqlite::Session& session, std::string_view fingerprint,
                                   const std::optional<Queued>& before) {
  auto rows = before ? session.query(sql::next_waiting_job, fingerprint, before->request.owner)
                     : session.query(sql::first_waiting_job, fingerprint);
  return read_queued(rows);
}

void make_ready(sqlite::Session& session, const Queued& job, Place from) {
  session.execute(sql::move_job, job.id, static_cast<int>(Place::ready), job.due);
  count_move(session, job.request, from, Place::ready);
}

}  // namespace

void count_move(sqlite::Session& session, const JobRequest& request, Place from, Place to) {
  const int queued = static_cast<int>(to != Place::none) - static_cast<int>(from != Place::none);
  const int ready = static_cast<int>(to == Place::ready) - static_cast<int>(from == Place::ready);
  if (queued == 0 && ready == 0) return;
  if (queued > 0) session.execute(sql::add_turn, request.owner, request.urgency);
  session.execute(sql::count_queued, request.owner, request.urgency, queued, ready);
}

void move_to(sqlite::Session& session, Record& record, Place to, Time due) {
  session.execute(sql::move_job, record.job.id, static_cast<int>(to), due);
  count_move(session, record.job.request, record.place, to);
  record.place = to;
  record.due = due;
}

std::size_t promote_due(sqlite::Session& session, Time now, std::size_t max) {
  std::vector<Queued> jobs;
  {
    auto rows = session.query(sql::due_jobs, now, max);
    while (auto job = read_queued(rows)) jobs.push_back(std::move(*job));
  }
  for (const auto& job : jobs) make_ready(session, job, Place::delayed);
  return jobs.size();
}

bool twin_runs(sqlite::Session& session, const Job& job) {
  if (job.request.fingerprint.empty()) return false;
  auto rows = session.query(sql::running_twin, job.request.fingerprint);
  return rows.next();
}

void free_twins(sqlite::Session& session, std::string_view fingerprint) {
  if (fingerprint.empty()) return;
  std::optional<Queued> job;
  while ((job = find_waiting(session, fingerprint, job))) make_ready(session, *job, Place::waiting);
}

}  // namespace convert::job_store
