// SPDX-License-Identifier: MIT
#pragma once

#include <string_view>

/// The SQL statements of the SQLite job store, with parameters $1, $2, ... The column `place` holds a
/// QueueState; the statements contain its number as a literal so that SQLite can use the partial indexes.
/// Specific to SQLite: a "+" before a column, which prevents the use of its index, and the JSON functions of
/// kHasFile.
namespace convert::job_store::statements {

// A literal, as several statements contain it. job_record.cpp reads the columns by their numbers.
#define CONVERT_JOB_COLUMNS                                                                     \
  "jobs.id, jobs.state, jobs.owner, jobs.priority, jobs.urgency, jobs.request_not_before, "     \
  "jobs.max_attempts, jobs.max_interruptions, jobs.unique_key, jobs.fingerprint, jobs.inputs, " \
  "jobs.spec, jobs.labels, jobs.outputs, jobs.warnings, jobs.error_code, jobs.error_message, "  \
  "jobs.error_retryable, jobs.attempt, jobs.interruptions, jobs.token, jobs.worker, "           \
  "COALESCE(leases.progress, jobs.progress), jobs.revision, jobs.created, jobs.not_before, "    \
  "jobs.started, jobs.finished, jobs.inputs_expired, jobs.outputs_expired, jobs.place, jobs.due "

#define CONVERT_FROM_JOBS "FROM jobs LEFT JOIN leases ON leases.job = jobs.id "

// Jobs.

inline constexpr std::string_view kInsertJob =
    "INSERT INTO jobs (state, owner, priority, urgency, request_not_before, max_attempts, "
    "max_interruptions, unique_key, fingerprint, inputs, spec, labels, outputs, has_outputs, warnings, "
    "attempt, "
    "interruptions, token, worker, progress, revision, created, not_before, inputs_expired, "
    "outputs_expired, place, due, input_bytes) VALUES (1, $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, "
    "'', 0, '', 0, 0, 0, '', 0, $12, $13, $14, 0, 0, $15, $16, $17) "
    "ON CONFLICT (owner, unique_key) WHERE unique_key IS NOT NULL DO NOTHING RETURNING id";

inline constexpr std::string_view kFindJob =
    "SELECT " CONVERT_JOB_COLUMNS CONVERT_FROM_JOBS "WHERE jobs.id = $1";

inline constexpr std::string_view kFindUniqueKey = "SELECT id FROM jobs WHERE owner = $1 AND unique_key = $2";

/// The columns that any event may change.
inline constexpr std::string_view kUpdateJob =
    "UPDATE jobs SET state = $2, outputs = $3, has_outputs = $21, output_bytes = $22, warnings = $4, "
    "error_code = $5, "
    "error_message = $6, "
    "error_retryable = $7, attempt = $8, interruptions = $9, token = $10, worker = $11, progress = $12, "
    "revision = $13, not_before = $14, started = $15, finished = $16, inputs_expired = $17, "
    "outputs_expired = $18, place = $19, due = $20 WHERE id = $1";

/// The columns that only `replace` changes. A separate statement, so that a spec written by a newer build
/// survives all other events.
inline constexpr std::string_view kUpdateWork = "UPDATE jobs SET spec = $2, fingerprint = $3 WHERE id = $1";

inline constexpr std::string_view kDeleteJob = "DELETE FROM jobs WHERE id = $1";

/// The start of the statements of `list`; a comparison with the cursor follows.
inline constexpr std::string_view kListJobs =
    "SELECT " CONVERT_JOB_COLUMNS CONVERT_FROM_JOBS "WHERE jobs.id ";

/// The condition of `list` that an input or output with bytes has this name. Uses SQLite's JSON functions. A
/// damaged list matches nothing here; reading the record reports it.
inline constexpr std::string_view kHasFile =
    "AND ((jobs.inputs_expired = 0 AND "
    "EXISTS (SELECT 1 FROM json_each(CASE WHEN json_valid(jobs.inputs) THEN jobs.inputs END) "
    "WHERE json_extract(value, '$.name') = ${0})) OR "
    "EXISTS (SELECT 1 FROM json_each(CASE WHEN json_valid(jobs.outputs) THEN jobs.outputs END) "
    "WHERE json_extract(value, '$.name') = ${0})) ";

// Queue states.

inline constexpr std::string_view kMoveJob = "UPDATE jobs SET place = $2, due = $3 WHERE id = $1";

inline constexpr std::string_view kDueJobs =
    "SELECT id, owner, urgency, due FROM jobs WHERE place > 0 AND place = 2 AND due <= $1 ORDER BY due "
    "LIMIT $2";

inline constexpr std::string_view kNextReadyJob = "SELECT " CONVERT_JOB_COLUMNS CONVERT_FROM_JOBS
                                                  "WHERE jobs.place = 1 AND jobs.owner = $1 AND "
                                                  "jobs.urgency = $2 ORDER BY jobs.priority DESC, jobs.id "
                                                  "LIMIT 1";

/// The first waiting job of the first owner, and of the owner after $2.
inline constexpr std::string_view kFirstWaitingJob =
    "SELECT id, owner, urgency, due FROM jobs WHERE place = 3 AND fingerprint = $1 "
    "ORDER BY owner, urgency DESC, priority DESC, id LIMIT 1";
inline constexpr std::string_view kNextWaitingJob =
    "SELECT id, owner, urgency, due FROM jobs WHERE place = 3 AND fingerprint = $1 AND owner > $2 "
    "ORDER BY owner, urgency DESC, priority DESC, id LIMIT 1";

// Turns: for each owner and urgency, the number of queued and of ready jobs. All rows of an owner also hold
// the number of the owner's running jobs and the revision of the owner's last claim.

inline constexpr std::string_view kAddTurn =
    "INSERT INTO turns (owner, urgency, queued, ready, running, served) "
    "SELECT $1, $2, 0, 0, COALESCE(MAX(running), 0), COALESCE(MAX(served), 0) FROM turns WHERE owner = $1 "
    "ON CONFLICT (owner, urgency) DO NOTHING";

inline constexpr std::string_view kCountQueued =
    "UPDATE turns SET queued = queued + $3, ready = ready + $4 WHERE owner = $1 AND urgency = $2";

inline constexpr std::string_view kCountRunning =
    "UPDATE turns SET running = running + $2, served = COALESCE($3, served) WHERE owner = $1";

inline constexpr std::string_view kNextTurn =
    "SELECT owner, urgency FROM turns WHERE ready > 0 ORDER BY urgency DESC, running, served, owner LIMIT 1";

/// Owners without queued or running jobs since the oldest entry of the change log.
inline constexpr std::string_view kForgetTurns =
    "DELETE FROM turns WHERE queued = 0 AND running = 0 AND served < (SELECT MIN(revision) FROM changes)";

// Leases of running jobs. A separate table, since it is written every second.

inline constexpr std::string_view kInsertLease =
    "INSERT INTO leases (job, token, fingerprint, leased_at, lease, progress) VALUES ($1, $2, $3, $4, $5, 0)";

inline constexpr std::string_view kRenewLease =
    "UPDATE leases SET leased_at = $3, lease = $4, progress = $5 WHERE job = $1 AND token = $2";

inline constexpr std::string_view kFindLease = "SELECT job FROM leases WHERE job = $1 AND token = $2";

inline constexpr std::string_view kDeleteLease = "DELETE FROM leases WHERE job = $1";

/// Leases that have ended, or were renewed in the future by more than their length (the clock was set back).
inline constexpr std::string_view kExpiredLeases =
    "SELECT job FROM leases WHERE $1 - leased_at >= lease OR leased_at - $1 > lease ORDER BY job LIMIT $2";

inline constexpr std::string_view kRunningDuplicate = "SELECT job FROM leases WHERE fingerprint = $1 LIMIT 1";

// Blobs: the job that owns each key.

inline constexpr std::string_view kInsertBlob =
    "INSERT INTO blobs (key, job) VALUES ($1, $2) ON CONFLICT (key) DO NOTHING";
inline constexpr std::string_view kDeleteBlob = "DELETE FROM blobs WHERE key = $1 AND job = $2";
inline constexpr std::string_view kFindBlob = "SELECT job FROM blobs WHERE key = $1";

// The change log.

inline constexpr std::string_view kInsertChange =
    "INSERT INTO changes (revision, job, owner, kind, state, at) VALUES ($1, $2, $3, $4, $5, $6)";

inline constexpr std::string_view kListChanges =
    "SELECT revision, job, owner, kind, state, at FROM changes WHERE revision > $1 ORDER BY revision LIMIT "
    "$2";

/// Reads the entries since $2 without an index of jobs: that would cost each change more than it saves.
inline constexpr std::string_view kListJobChanges =
    "SELECT revision, job, owner, kind, state, at FROM changes WHERE job = $1 AND revision > $2 "
    "ORDER BY revision LIMIT $3";

inline constexpr std::string_view kLastRevision = "SELECT COALESCE(MAX(revision), 0) FROM changes";

// Elections.

/// A lease that ends later than a new one was given before the clock was set back.
inline constexpr std::string_view kElect =
    "INSERT INTO elections (role, host, until) VALUES ($1, $2, $3) ON CONFLICT (role) DO UPDATE SET "
    "host = excluded.host, until = excluded.until "
    "WHERE elections.host = excluded.host OR elections.until <= $4 OR elections.until > excluded.until";

inline constexpr std::string_view kResign = "DELETE FROM elections WHERE role = $1 AND host = $2";

/// The oldest entries, but never the newest.
inline constexpr std::string_view kOldChanges =
    "SELECT revision, at FROM changes WHERE revision < (SELECT MAX(revision) FROM changes) "
    "ORDER BY revision LIMIT $1";

inline constexpr std::string_view kDeleteChange = "DELETE FROM changes WHERE revision = $1";

// Statistics. A job counts as waiting if its time has come and a duplicate runs, whatever its `place`.

inline constexpr std::string_view kCountStates = "SELECT state, COUNT(*) FROM jobs GROUP BY state";
inline constexpr std::string_view kCountDelayed =
    "SELECT COUNT(*) FROM jobs WHERE place > 0 AND place IN (1, 2, 3) AND due > $1 "
    "AND (place = 2 OR not_before > $1)";
inline constexpr std::string_view kCountWaiting =
    "SELECT COUNT(*) FROM leases JOIN jobs ON jobs.fingerprint = +leases.fingerprint "
    "WHERE +jobs.place > 0 AND +jobs.not_before <= $1";
inline constexpr std::string_view kOldestReady =
    "SELECT due FROM jobs WHERE place > 0 AND place = $1 AND due <= $2 AND NOT EXISTS "
    "(SELECT 1 FROM leases WHERE leases.fingerprint = jobs.fingerprint) ORDER BY due LIMIT 1";
inline constexpr std::string_view kSumUsage =
    "SELECT COUNT(*), COUNT(CASE WHEN state IN (1, 2) THEN 1 END), "
    "COALESCE(SUM(CASE WHEN inputs_expired = 0 THEN input_bytes END), 0), COALESCE(SUM(output_bytes), 0) "
    "FROM jobs WHERE owner = $1";
inline constexpr std::string_view kCountOwners =
    "SELECT COUNT(DISTINCT owner) FROM turns WHERE queued > 0 OR running > 0";

#undef CONVERT_JOB_COLUMNS
#undef CONVERT_FROM_JOBS

}  // namespace convert::job_store::statements
