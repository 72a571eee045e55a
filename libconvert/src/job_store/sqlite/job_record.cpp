// SPDX-License-Identifier: MIT
#include "job_store/sqlite/job_record.hpp"

#include <string>
#include <utility>

#include <fmt/format.h>

#include "job_store/job_store_rules.hpp"
#include "job_store/sqlite/job_statements.hpp"
#include "job_store/stored_json.hpp"

namespace convert::job_store {
namespace {

/// The columns of CONVERT_JOB_COLUMNS, in their order.
enum Column : int {
  id,
  state,
  owner,
  priority,
  urgency,
  request_not_before,
  max_attempts,
  max_interruptions,
  unique_key,
  fingerprint,
  inputs,
  spec,
  labels,
  outputs,
  warnings,
  error_code,
  error_message,
  error_retryable,
  attempt,
  interruptions,
  token,
  worker,
  progress,
  revision,
  created,
  not_before,
  started,
  finished,
  inputs_expired,
  outputs_expired,
  place,
  due,
};

std::optional<std::string> null_if_empty(const std::string& text) {
  return text.empty() ? std::nullopt : std::optional(text);
}

std::optional<Time> optional_time(const sqlite::Cursor& row, int column) {
  return row.is_null(column) ? std::nullopt : std::optional(row.time(column));
}

int int_column(const sqlite::Cursor& row, int column) { return static_cast<int>(row.integer(column)); }

void read_request(const sqlite::Cursor& row, JobRequest& request) {
  request.owner = row.text(Column::owner);
  request.priority = int_column(row, Column::priority);
  request.urgency = int_column(row, Column::urgency);
  request.not_before = row.time(Column::request_not_before);
  request.max_attempts = int_column(row, Column::max_attempts);
  request.max_interruptions = int_column(row, Column::max_interruptions);
  request.unique_key = row.text(Column::unique_key);
  request.fingerprint = row.text(Column::fingerprint);
}

void read_progress_columns(const sqlite::Cursor& row, Job& job) {
  if (!row.is_null(Column::error_code)) {
    job.error = Error{static_cast<Errc>(row.integer(Column::error_code)), row.text(Column::error_message),
                      row.integer(Column::error_retryable) != 0};
  }
  job.attempt = int_column(row, Column::attempt);
  job.interruptions = int_column(row, Column::interruptions);
  job.token = row.integer(Column::token);
  job.worker = row.text(Column::worker);
  job.progress = row.real(Column::progress);
  job.revision = row.integer(Column::revision);
  job.created = row.time(Column::created);
  job.not_before = row.time(Column::not_before);
  job.started = optional_time(row, Column::started);
  job.finished = optional_time(row, Column::finished);
  job.inputs_expired = row.integer(Column::inputs_expired) != 0;
  job.outputs_expired = row.integer(Column::outputs_expired) != 0;
}

/// False if a column is damaged.
bool read_lists(const sqlite::Cursor& row, Record& record) {
  auto read_inputs = parse_inputs(row.text(Column::inputs));
  auto read_spec = parse_stored_spec(row.text(Column::spec));
  auto read_labels = parse_labels(row.text(Column::labels));
  auto read_outputs = parse_outputs(row.text(Column::outputs));
  auto read_warnings = parse_warnings(row.text(Column::warnings));
  if (!read_inputs || !read_spec || !read_labels || !read_outputs || !read_warnings) return false;
  record.job.request.inputs = std::move(*read_inputs);
  record.job.request.spec = std::move(read_spec->spec);
  record.supported = read_spec->supported;
  record.job.request.labels = std::move(*read_labels);
  record.job.outputs = std::move(*read_outputs);
  record.job.warnings = std::move(*read_warnings);
  return true;
}

}  // namespace

std::optional<Record> read_record(sqlite::Connection& connection, const sqlite::Cursor& row) {
  Record record;
  record.job.id = row.integer(Column::id);
  const auto stored_state = row.integer(Column::state);
  const auto stored_queue_state = row.integer(Column::place);
  if (stored_state < 1 || stored_state > static_cast<int>(kJobStates) || stored_queue_state < 0 ||
      stored_queue_state > static_cast<int>(QueueState::waiting) || !read_lists(row, record)) {
    connection.fail({Errc::internal,
                     fmt::format("The record of job {} in {} is damaged: restore the database from a backup.",
                                 record.job.id, connection.file())});
    return std::nullopt;
  }
  record.job.state = static_cast<JobState>(stored_state);
  record.queue_state = static_cast<QueueState>(stored_queue_state);
  record.due = row.time(Column::due);
  read_request(row, record.job.request);
  read_progress_columns(row, record.job);
  return record;
}

std::optional<JobId> insert_record(sqlite::Connection& connection, const Record& record) {
  const auto& job = record.job;
  const auto& request = job.request;
  auto rows = connection.query(statements::kInsertJob, request.owner, request.priority, request.urgency,
                               request.not_before, request.max_attempts, request.max_interruptions,
                               null_if_empty(request.unique_key), null_if_empty(request.fingerprint),
                               inputs_to_json(request.inputs), to_json(request.spec),
                               labels_to_json(request.labels), job.revision, job.created, job.not_before,
                               static_cast<int>(record.queue_state), record.due, total_bytes(request.inputs));
  std::optional<JobId> number;
  while (rows.next()) number = rows.integer(0);
  return number;
}

void update_record(sqlite::Connection& connection, const Record& record, bool replaced) {
  const auto& job = record.job;
  std::optional<int> code;
  std::optional<std::string> message;
  std::optional<bool> retryable;
  if (job.error) {
    code = static_cast<int>(job.error->code);
    message = job.error->message;
    retryable = job.error->retryable;
  }
  connection.execute(statements::kUpdateJob, job.id, static_cast<int>(job.state),
                     outputs_to_json(job.outputs), warnings_to_json(job.warnings), code, message, retryable,
                     job.attempt, job.interruptions, job.token, job.worker, job.progress, job.revision,
                     job.not_before, job.started, job.finished, job.inputs_expired, job.outputs_expired,
                     static_cast<int>(record.queue_state), record.due, !job.outputs.empty(),
                     total_bytes(job.outputs));
  if (replaced) {
    connection.execute(statements::kUpdateWork, job.id, to_json(job.request.spec),
                       null_if_empty(job.request.fingerprint));
  }
}

}  // namespace convert::job_store
