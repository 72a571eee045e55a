// SPDX-License-Identifier: MIT
#include "job_store/postgresql/job_row.hpp"

#include <optional>
#include <utility>

#include <fmt/format.h>

#include "job_store/stored_json.hpp"

namespace convert::job_store::pg {
namespace {

using postgresql::Rows;

/// The columns of CONVERT_PG_REQUEST_COLUMNS and CONVERT_PG_STATE_COLUMNS, in their order.
enum RowColumn : int {
  kId,
  kOwner,
  kPriority,
  kUrgency,
  kRequestNotBefore,
  kMaxAttempts,
  kMaxInterruptions,
  kUniqueKey,
  kFingerprint,
  kInputs,
  kSpec,
  kLabels,
  kCreated,
  kState,
  kRevision,
  kToken,
  kAttempt,
  kInterruptions,
  kNotBefore,
  kStarted,
  kErrorCode,
  kErrorMessage,
  kErrorRetryable,
  kWorker,
  kProgress,
  kFinished,
  kOutputs,
  kWarnings,
  kInputsExpired,
  kOutputsExpired,
};
static_assert(kOutputsExpired + 1 == kJobRowColumns);

/// The columns of a job in a row.
class JobColumns {
 public:
  JobColumns(const Rows& row, int first) : row_(row), first_(first) {}
  bool is_null(RowColumn column) const { return row_.is_null(first_ + column); }
  std::int64_t integer(RowColumn column) const { return row_.integer(first_ + column); }
  int number(RowColumn column) const { return static_cast<int>(integer(column)); }
  double real(RowColumn column) const { return row_.real(first_ + column); }
  bool boolean(RowColumn column) const { return row_.boolean(first_ + column); }
  std::string text(RowColumn column) const { return row_.text(first_ + column); }
  std::string_view view(RowColumn column) const { return row_.view(first_ + column); }
  Time time(RowColumn column) const { return row_.time(first_ + column); }
  std::optional<Time> optional_time(RowColumn column) const {
    return is_null(column) ? std::nullopt : std::optional(time(column));
  }

 private:
  const Rows& row_;
  const int first_;
};

void read_request_columns(const JobColumns& row, JobRequest& request) {
  request.owner = row.text(kOwner);
  request.priority = row.number(kPriority);
  request.urgency = row.number(kUrgency);
  request.not_before = row.time(kRequestNotBefore);
  request.max_attempts = row.number(kMaxAttempts);
  request.max_interruptions = row.number(kMaxInterruptions);
  request.unique_key = row.text(kUniqueKey);
  request.fingerprint = row.text(kFingerprint);
}

void read_state_columns(const JobColumns& row, Job& job) {
  job.state = static_cast<JobState>(row.number(kState));
  job.revision = row.integer(kRevision);
  job.token = row.integer(kToken);
  job.attempt = row.number(kAttempt);
  job.interruptions = row.number(kInterruptions);
  job.created = row.time(kCreated);
  job.not_before = row.time(kNotBefore);
  job.started = row.optional_time(kStarted);
  if (!row.is_null(kErrorCode)) {
    job.error = Error{static_cast<Errc>(row.number(kErrorCode)), row.text(kErrorMessage),
                      row.boolean(kErrorRetryable)};
  }
  job.worker = row.text(kWorker);
  job.progress = row.real(kProgress);
  job.finished = row.optional_time(kFinished);
  job.inputs_expired = row.boolean(kInputsExpired);
  job.outputs_expired = row.boolean(kOutputsExpired);
}

/// False if a column is damaged.
bool read_json_columns(const JobColumns& row, StoredJob& stored) {
  auto inputs = parse_inputs(row.view(kInputs));
  auto spec = parse_stored_spec(row.view(kSpec));
  auto labels = parse_labels(row.view(kLabels));
  auto outputs = parse_outputs(row.view(kOutputs));
  auto warnings = parse_warnings(row.view(kWarnings));
  if (!inputs || !spec || !labels || !outputs || !warnings) return false;
  stored.job.request.inputs = std::move(*inputs);
  stored.job.request.spec = std::move(spec->spec);
  stored.supported = spec->supported;
  stored.job.request.labels = std::move(*labels);
  stored.job.outputs = std::move(*outputs);
  stored.job.warnings = std::move(*warnings);
  return true;
}

}  // namespace

Result<StoredJob> read_job_row(const Rows& rows, int first) {
  const JobColumns row(rows, first);
  StoredJob stored;
  stored.job.id = row.integer(kId);
  const auto state = row.integer(kState);
  if (state < 1 || state > static_cast<int>(kJobStates) || !read_json_columns(row, stored)) {
    return Error{Errc::internal, fmt::format("The record of job {} in the PostgreSQL database is damaged: "
                                             "restore the database from a backup.",
                                             stored.job.id)};
  }
  read_request_columns(row, stored.job.request);
  read_state_columns(row, stored.job);
  return stored;
}

}  // namespace convert::job_store::pg
