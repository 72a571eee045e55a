// SPDX-License-Identifier: MIT
#pragma once

#include <string_view>

/// The statements of a JobStore on tables, in the SQL that SQLite and PostgreSQL share: plain tables, `$1`
/// parameters, RETURNING, ON CONFLICT. What they do not share (making the tables, the next revision,
/// transactions) stands with each backend. `place` is a job's place among the queued ones (see Place); it
/// stands as a number in the text so that partial indexes are found. A "+" before a column keeps its index
/// from being taken.
namespace convert::job_store::sql {

// A text literal, since the columns are part of several others; read by the numbers in job_record.cpp.
#define CONVERT_JOB_COLUMNS                                                                     \
  "jobs.id, jobs.state, jobs.owner, jobs.priority, jobs.urgency, jobs.request_not_before, "     \
  "jobs.max_attempts, jobs.max_interruptions, jobs.unique_key, jobs.fingerprint, jobs.inputs, " \
  "jobs.spec, jobs.labels, jobs.outputs, jobs.warnings, jobs.error_code, jobs.error_message, "  \
  "jobs.error_retryable, jobs.attempt, jobs.interruptions, jobs.token, jobs.worker, "           \
  "COALESCE(leases.progress, jobs.progress), jobs.revision, jobs.created, jobs.not_before, "    \
  "jobs.started, jobs.finished, jobs.inputs_expired, jobs.outputs_expired, jobs.place, jobs.due "

#define CONVERT_FROM_JOBS "FROM jobs LEFT JOIN leases ON leases.job = jobs.id "

// Jobs.

inline constexpr std::string_view insert_job =
    "INSERT INTO jobs (state, owner, priority, urgency, request_not_before, max_attempts, "
    "max_interruptions, unique_key, fingerprint, inputs, spec, labels, outputs, has_outputs, warnings, "
    "attempt, "
    "interruptions, token, worker, progress, revision, created, not_before, inputs_expired, "
    "outputs_expired, place, due, input_bytes) VALUES (1, $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, "
    "'', 0, '', 0, 0, 0, '', 0, $12, $13, $14, 0, 0, $15, $16, $17) "
    "ON CONFLICT (owner, unique_key) WHERE unique_key IS NOT NULL DO NOTHING RETURNING id";

inline constexpr std::string_view find_job =
    "SELECT " CONVERT_JOB_COLUMNS CONVERT_FROM_JOBS "WHERE jobs.id = $1";

inline constexpr std::string_view find_unique_key =
    "SELECT id FROM jobs WHERE owner = $1 AND unique_key = $2";

/// What any event may change.
inline constexpr std::string_view update_job =
    "UPDATE jobs SET state = $2, outputs = $3, has_outputs = $21, output_bytes = $22, warnings = $4, "
    "error_code = $5, "
    "error_message = $6, "
    "error_retryable = $7, attempt = $8, interruptions = $9, token = $10, worker = $11, progress = $12, "
    "revision = $13, not_before = $14, started = $15, finished = $16, inputs_expired = $17, "
    "outputs_expired = $18, place = $19, due = $20 WHERE id = $1";

/// What only `replace` changes. Apart, so that what a newer build wrote there survives all else.
inline constexpr std::string_view update_work = "UPDATE jobs SET spec = $2, fingerprint = $3 WHERE id = $1";

inline constexpr std::string_view delete_job = "DELETE FROM jobs WHERE id = $1";

/// How the statements of `list` begin; a comparison with the cursor follows.
inline constexpr std::string_view list_jobs =
    "SELECT " CONVERT_JOB_COLUMNS CONVERT_FROM_JOBS "WHERE jobs.id ";

/// Its condition that an input or an output has the name, and its bytes. SQLite's own JSON functions; a
/// damaged list has no names here, and is found where it is read.
inline constexpr std::string_view has_file =
    "AND ((jobs.inputs_expired = 0 AND "
    "EXISTS (SELECT 1 FROM json_each(CASE WHEN json_valid(jobs.inputs) THEN jobs.inputs END) "
    "WHERE json_extract(value, '$.name') = ${0})) OR "
    "EXISTS (SELECT 1 FROM json_each(CASE WHEN json_valid(jobs.outputs) THEN jobs.outputs END) "
    "WHERE json_extract(value, '$.name') = ${0})) ";

// Places.

inline constexpr std::string_view move_job = "UPDATE jobs SET place = $2, due = $3 WHERE id = $1";

inline constexpr std::string_view due_jobs =
    "SELECT id, owner, urgency, due FROM jobs WHERE place > 0 AND place = 2 AND due <= $1 ORDER BY due "
    "LIMIT $2";

inline constexpr std::string_view next_ready_job = "SELECT " CONVERT_JOB_COLUMNS CONVERT_FROM_JOBS
                                                   "WHERE jobs.place = 1 AND jobs.owner = $1 AND "
                                                   "jobs.urgency = $2 ORDER BY jobs.priority DESC, jobs.id "
                                                   "LIMIT 1";

/// The best waiting job of the first owner, and of the owner that follows $2.
inline constexpr std::string_view first_waiting_job =
    "SELECT id, owner, urgency, due FROM jobs WHERE place = 3 AND fingerprint = $1 "
    "ORDER BY owner, urgency DESC, priority DESC, id LIMIT 1";
inline constexpr std::string_view next_waiting_job =
    "SELECT id, owner, urgency, due FROM jobs WHERE place = 3 AND fingerprint = $1 AND owner > $2 "
    "ORDER BY owner, urgency DESC, priority DESC, id LIMIT 1";

// Turns: for each owner and urgency, how many jobs are queued and ready; and in all of an owner's rows, how
// many of his jobs run and the revision of his last claim.

inline constexpr std::string_view add_turn =
    "INSERT INTO turns (owner, urgency, queued, ready, running, served) "
    "SELECT $1, $2, 0, 0, COALESCE(MAX(running), 0), COALESCE(MAX(served), 0) FROM turns WHERE owner = $1 "
    "ON CONFLICT (owner, urgency) DO NOTHING";

inline constexpr std::string_view count_queued =
    "UPDATE turns SET queued = queued + $3, ready = ready + $4 WHERE owner = $1 AND urgency = $2";

inline constexpr std::string_view count_running =
    "UPDATE turns SET running = running + $2, served = COALESCE($3, served) WHERE owner = $1";

inline constexpr std::string_view next_turn =
    "SELECT owner, urgency FROM turns WHERE ready > 0 ORDER BY urgency DESC, running, served, owner LIMIT 1";

/// Owners who had nothing to do since the oldest line of the log.
inline constexpr std::string_view forget_turns =
    "DELETE FROM turns WHERE queued = 0 AND running = 0 AND served < (SELECT MIN(revision) FROM changes)";

// Leases: the jobs that run. A table of its own, since it is written every second.

inline constexpr std::string_view insert_lease =
    "INSERT INTO leases (job, token, fingerprint, leased_at, lease, progress) VALUES ($1, $2, $3, $4, $5, 0)";

inline constexpr std::string_view renew_lease =
    "UPDATE leases SET leased_at = $3, lease = $4, progress = $5 WHERE job = $1 AND token = $2";

inline constexpr std::string_view delete_lease = "DELETE FROM leases WHERE job = $1";

/// At their end; or renewed in the future, by more than their length.
inline constexpr std::string_view expired_leases =
    "SELECT job FROM leases WHERE $1 - leased_at >= lease OR leased_at - $1 > lease ORDER BY job LIMIT $2";

inline constexpr std::string_view running_duplicate = "SELECT job FROM leases WHERE fingerprint = $1 LIMIT 1";

// Blobs: which job has which key.

inline constexpr std::string_view insert_blob =
    "INSERT INTO blobs (key, job) VALUES ($1, $2) ON CONFLICT (key) DO NOTHING";
inline constexpr std::string_view delete_blob = "DELETE FROM blobs WHERE key = $1 AND job = $2";
inline constexpr std::string_view find_blob = "SELECT job FROM blobs WHERE key = $1";

// The log of changes.

inline constexpr std::string_view insert_change =
    "INSERT INTO changes (revision, job, owner, kind, state, at) VALUES ($1, $2, $3, $4, $5, $6)";

inline constexpr std::string_view list_changes =
    "SELECT revision, job, owner, kind, state, at FROM changes WHERE revision > $1 ORDER BY revision LIMIT "
    "$2";

inline constexpr std::string_view last_revision = "SELECT COALESCE(MAX(revision), 0) FROM changes";

/// The oldest lines, but never the newest of all.
inline constexpr std::string_view old_changes =
    "SELECT revision, at FROM changes WHERE revision < (SELECT MAX(revision) FROM changes) "
    "ORDER BY revision LIMIT $1";

inline constexpr std::string_view delete_change = "DELETE FROM changes WHERE revision = $1";

// Statistics. A job waits if its time has come and a twin runs, whether a claim has met it or not.

inline constexpr std::string_view count_states = "SELECT state, COUNT(*) FROM jobs GROUP BY state";
inline constexpr std::string_view count_delayed =
    "SELECT COUNT(*) FROM jobs WHERE place > 0 AND place IN (1, 2, 3) AND due > $1 "
    "AND (place = 2 OR not_before > $1)";
inline constexpr std::string_view count_waiting =
    "SELECT COUNT(*) FROM leases JOIN jobs ON jobs.fingerprint = +leases.fingerprint "
    "WHERE +jobs.place > 0 AND +jobs.not_before <= $1";
inline constexpr std::string_view oldest_ready =
    "SELECT due FROM jobs WHERE place > 0 AND place = $1 AND due <= $2 AND NOT EXISTS "
    "(SELECT 1 FROM leases WHERE leases.fingerprint = jobs.fingerprint) ORDER BY due LIMIT 1";
inline constexpr std::string_view sum_usage =
    "SELECT COUNT(*), COUNT(CASE WHEN state IN (1, 2) THEN 1 END), "
    "COALESCE(SUM(CASE WHEN inputs_expired = 0 THEN input_bytes END), 0), COALESCE(SUM(output_bytes), 0) "
    "FROM jobs WHERE owner = $1";
inline constexpr std::string_view count_owners =
    "SELECT COUNT(DISTINCT owner) FROM turns WHERE queued > 0 OR running > 0";

#undef CONVERT_JOB_COLUMNS
#undef CONVERT_FROM_JOBS

}  // namespace convert::job_store::sql
