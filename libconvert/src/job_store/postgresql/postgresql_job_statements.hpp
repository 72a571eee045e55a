// SPDX-License-Identifier: MIT
#pragma once

#include <string_view>

/// The SQL statements of the PostgreSQL job store. Each that changes jobs is one statement and therefore one
/// transaction, so that no transaction waits for its client. `queue.place` is 1: ready, 2: delayed until
/// `due`, 3: waiting for a duplicate that runs.
///
/// $1 is the time in the statements that need one; NULL stands for the server's clock.
namespace convert::job_store::pg {

// Literals, as several statements contain them.

#define CONVERT_PG_NOW "COALESCE($1::bigint, floor(date_part('epoch', now()) * 1000)::bigint)"

#define CONVERT_PG_CLOCK "clock AS MATERIALIZED (SELECT " CONVERT_PG_NOW " AS now)"

/// The first of the revisions that belong to this transaction. Transactions get their numbers in order, so a
/// change that saw another one has a greater revision.
#define CONVERT_PG_FIRST_REVISION "(SELECT base + pg_current_xact_id()::text::bigint * 4096 FROM log_base)"

/// All revisions below it belong to transactions that have ended.
#define CONVERT_PG_HORIZON \
  "(SELECT base + pg_snapshot_xmin(pg_current_snapshot())::text::bigint * 4096 FROM log_base)"

/// The columns of `jobs` that job_row.cpp reads, then those of a job's state, by their numbers.
#define CONVERT_PG_REQUEST_COLUMNS                                                                   \
  "jobs.id, jobs.owner, jobs.priority, jobs.urgency, jobs.request_not_before, jobs.max_attempts, "   \
  "jobs.max_interruptions, jobs.unique_key, jobs.fingerprint, jobs.inputs, jobs.spec, jobs.labels, " \
  "jobs.created"

#define CONVERT_PG_STATE_COLUMN(name) "COALESCE(queue." #name ", leases." #name ", ended." #name ")"

#define CONVERT_PG_STATE_COLUMNS \
  "CASE WHEN queue.job IS NOT NULL THEN 1 WHEN leases.job IS NOT NULL THEN 2 ELSE ended.state " \
  "END, " \
  CONVERT_PG_STATE_COLUMN(revision) ", " CONVERT_PG_STATE_COLUMN(token) ", "                         \
  CONVERT_PG_STATE_COLUMN(attempt) ", " CONVERT_PG_STATE_COLUMN(interruptions) ", "                  \
  CONVERT_PG_STATE_COLUMN(not_before) ", " CONVERT_PG_STATE_COLUMN(started) ", "                     \
  CONVERT_PG_STATE_COLUMN(error_code) ", " CONVERT_PG_STATE_COLUMN(error_message) ", "               \
  CONVERT_PG_STATE_COLUMN(error_retryable) ", leases.worker, "                                       \
  "COALESCE(leases.progress, ended.progress, 0), ended.finished, ended.outputs, ended.warnings, "    \
  "ended.inputs_expired, ended.outputs_expired"

#define CONVERT_PG_FROM_JOBS                                                                    \
  " FROM jobs LEFT JOIN queue ON queue.job = jobs.id LEFT JOIN leases ON leases.job = jobs.id " \
  "LEFT JOIN ended ON ended.job = jobs.id "

// Time.

inline constexpr std::string_view kReadClock =
    "SELECT floor(date_part('epoch', now()) * 1000)::bigint, current_setting('transaction_read_only') = 'on'";

// Insertion of jobs, as arrays: $2 owner, $3 priority, $4 urgency, $5 not_before, $6 max_attempts,
// $7 max_interruptions, $8 unique_key, $9 fingerprint, $10 inputs, $11 spec, $12 labels, $13 input_bytes;
// $14 the keys of all inputs, $15 the numbers of their jobs in the arrays.

/// Returns the number in the arrays, id, revision and time of the jobs that it has recorded: not of those
/// whose unique key is taken. Fails if a key is taken.
inline constexpr std::string_view kInsertJobs =
    "WITH " CONVERT_PG_CLOCK
    ", given AS MATERIALIZED (SELECT nextval('jobs_id_seq') AS id, g.* "
    "FROM unnest($2::text[], $3::bigint[], $4::bigint[], $5::bigint[], $6::bigint[], $7::bigint[], "
    "$8::text[], "
    "$9::text[], $10::text[], $11::text[], $12::text[], $13::bigint[]) WITH ORDINALITY AS g (owner, "
    "priority, "
    "urgency, not_before, max_attempts, max_interruptions, unique_key, fingerprint, inputs, spec, labels, "
    "input_bytes, n)), "
    "recorded AS (INSERT INTO jobs (id, owner, priority, urgency, request_not_before, max_attempts, "
    "max_interruptions, unique_key, fingerprint, inputs, spec, labels, input_bytes, created) "
    "SELECT id, owner, priority, urgency, not_before, max_attempts, max_interruptions, NULLIF(unique_key, "
    "''), "
    "NULLIF(fingerprint, ''), inputs, spec, labels, input_bytes, clock.now FROM given, clock "
    "ON CONFLICT (owner, unique_key) WHERE unique_key IS NOT NULL DO NOTHING RETURNING id), "
    "accepted AS MATERIALIZED (SELECT given.*, " CONVERT_PG_FIRST_REVISION
    " + n - 1 AS revision FROM given WHERE id IN (SELECT id FROM recorded)), "
    "queued AS (INSERT INTO queue (job, place, owner, urgency, priority, fingerprint, due, not_before, "
    "revision, token, attempt, interruptions) "
    "SELECT id, CASE WHEN not_before > clock.now THEN 2 ELSE 1 END, owner, urgency, priority, "
    "NULLIF(fingerprint, ''), GREATEST(not_before, clock.now), not_before, revision, 0, 0, 0 "
    "FROM accepted, clock), "
    "kept AS (INSERT INTO blobs (key, job) SELECT k.key, accepted.id FROM accepted "
    "JOIN unnest($14::text[], $15::bigint[]) AS k (key, n) ON k.n = accepted.n ORDER BY k.key), "
    "logged AS (INSERT INTO changes (revision, job, owner, kind, state, at) "
    "SELECT revision, id, owner, 1, 1, clock.now FROM accepted, clock) "
    "SELECT accepted.n, accepted.id, accepted.revision, clock.now FROM accepted, clock";

inline constexpr std::string_view kFindUniqueKeyJob =
    "SELECT id FROM jobs WHERE owner = $1 AND unique_key = $2";

/// The first of these keys that belongs to another job than $2.
inline constexpr std::string_view kFindTakenKey =
    "SELECT key, job FROM blobs WHERE key = ANY($1::text[]) AND job <> $2 ORDER BY key LIMIT 1";

// Claims. $2 max, $3 urgency: only lower ones, $4 jobs to leave alone, $5 the first owner to consider,
// $6 worker, $7 lease, $8 whether delayed jobs may be left for later, $9 how many jobs of an owner to look
// at.

/// Claims jobs of the highest urgency below $3. One row for each claimed job, or one without a job:
/// - delayed: jobs whose time has come have to be made ready first; nothing was claimed;
/// - the urgency, or NULL without ready jobs; whether there are ready jobs of a lower urgency;
/// - the number of owners that were considered, and the last one by name;
/// - the jobs in the way whose duplicate runs or was claimed, with their fingerprints;
/// - the time;
/// - the columns of the claimed job.
///
/// The order is computed without locks: if each claim makes its owner's jobs one more, then the k-th next job
/// of an owner with r running ones comes at level r + k - 1; within a level, owners that were not yet served
/// by this statement come first, then those that it served, in that order. That gives each owner's share.
/// Only then that many jobs of each owner are locked; those that another claim has locked are skipped, so the
/// next ones are taken. Everything after the first duplicate in that order is left for the next statement,
/// since it decides whose turn is next.
///
/// The turns of owners are recorded without waiting: not while another claim records them. The advisory lock
/// is for new owners, since a row that another transaction inserts can only be waited for.
inline constexpr std::string_view kClaimJobs =
    "WITH RECURSIVE " CONVERT_PG_CLOCK
    ", due AS MATERIALIZED (SELECT NOT $8 AND EXISTS (SELECT 1 FROM queue WHERE place = 2 "
    "AND due <= (SELECT now FROM clock)) AS first), "
    "top AS MATERIALIZED (SELECT urgency FROM queue WHERE place = 1 AND urgency < $3 "
    "ORDER BY urgency DESC LIMIT 1), "
    "names (owner, n) AS ("
    "(SELECT q.owner, 1 FROM top CROSS JOIN LATERAL (SELECT owner FROM queue WHERE place = 1 "
    "AND queue.urgency = top.urgency AND queue.owner >= $5::text ORDER BY owner LIMIT 1) AS q "
    "WHERE NOT (SELECT first FROM due)) "
    "UNION ALL "
    "SELECT q.owner, names.n + 1 FROM names CROSS JOIN top CROSS JOIN LATERAL (SELECT owner FROM queue "
    "WHERE place = 1 AND queue.urgency = top.urgency AND queue.owner > names.owner ORDER BY owner LIMIT 1) "
    "AS q WHERE names.n < 256), "
    "running AS MATERIALIZED (SELECT owner, sum(jobs)::bigint AS jobs FROM (SELECT owner, 0 AS jobs "
    "FROM names UNION ALL SELECT owner, 1 FROM leases WHERE EXISTS (SELECT 1 FROM names)) AS counted "
    "GROUP BY owner HAVING bool_or(jobs = 0)), "
    "turns AS MATERIALIZED (SELECT ranked.* FROM top CROSS JOIN (SELECT running.owner, "
    "running.jobs AS running, COALESCE((SELECT served FROM owners WHERE owners.owner = running.owner), 0) "
    "AS served FROM running ORDER BY 2, 3, 1 OFFSET 0) AS ranked "
    "CROSS JOIN LATERAL (SELECT job FROM queue WHERE place = 1 "
    "AND queue.urgency = top.urgency AND queue.owner = ranked.owner "
    "AND not_before <= (SELECT now FROM clock) AND job <> ALL ($4::bigint[]) "
    "ORDER BY priority DESC, job LIMIT 1) AS head ORDER BY running, served, owner LIMIT $2), "
    "heads AS MATERIALIZED (SELECT turns.owner, turns.running, turns.served, q.job, q.fingerprint, "
    "row_number() OVER (ORDER BY turns.running + q.k, turns.running DESC, turns.served, turns.owner) AS turn "
    "FROM top CROSS JOIN turns CROSS JOIN LATERAL (SELECT job, fingerprint, row_number() OVER () AS k "
    "FROM (SELECT job, fingerprint FROM queue WHERE place = 1 AND queue.urgency = top.urgency "
    "AND queue.owner = turns.owner AND not_before <= (SELECT now FROM clock) AND job <> ALL ($4::bigint[]) "
    "ORDER BY priority DESC, job LIMIT $9) AS head) AS q), "
    "blocked AS MATERIALIZED (SELECT job, fingerprint, turn FROM (SELECT job, fingerprint, turn, "
    "row_number() OVER (PARTITION BY fingerprint ORDER BY turn) AS copy FROM heads "
    "WHERE fingerprint IS NOT NULL) AS marked WHERE copy > 1 "
    "OR EXISTS (SELECT 1 FROM leases WHERE leases.fingerprint = marked.fingerprint)), "
    "shares AS MATERIALIZED (SELECT owner, running, served, count(*) AS jobs FROM heads "
    "WHERE turn <= $2 AND turn < COALESCE((SELECT min(turn) FROM blocked), turn + 1) "
    "GROUP BY owner, running, served), "
    "locked AS MATERIALIZED (SELECT shares.running, shares.served, q.* FROM top CROSS JOIN shares "
    "CROSS JOIN LATERAL (SELECT job, owner, priority, fingerprint, not_before, token, attempt, "
    "interruptions, "
    "error_code, error_message, error_retryable FROM queue WHERE place = 1 AND queue.urgency = top.urgency "
    "AND queue.owner = shares.owner AND not_before <= (SELECT now FROM clock) AND job <> ALL ($4::bigint[]) "
    "AND NOT EXISTS (SELECT 1 FROM leases WHERE leases.fingerprint = queue.fingerprint) "
    "ORDER BY priority DESC, job LIMIT shares.jobs FOR UPDATE OF queue SKIP LOCKED) AS q), "
    "numbered AS (SELECT numbered_one.*, row_number() OVER (ORDER BY running + k, running DESC, served, "
    "owner) "
    "- 1 AS n FROM (SELECT locked.*, row_number() OVER (PARTITION BY owner ORDER BY priority DESC, job) AS k "
    "FROM locked) AS numbered_one), "
    "leased AS (INSERT INTO leases (job, owner, fingerprint, worker, revision, token, attempt, "
    "interruptions, "
    "not_before, started, error_code, error_message, error_retryable, leased_at, lease, progress) "
    "SELECT job, owner, fingerprint, $6::text, " CONVERT_PG_FIRST_REVISION
    " + n, token + 1, attempt, interruptions, not_before, clock.now, error_code, error_message, "
    "error_retryable, clock.now, $7, 0 FROM numbered, clock ORDER BY fingerprint ON CONFLICT DO NOTHING "
    "RETURNING *), "
    "dequeued AS (DELETE FROM queue WHERE job = ANY (ARRAY(SELECT job FROM leased))), "
    "logged AS (INSERT INTO changes (revision, job, owner, kind, state, at) "
    "SELECT revision, job, owner, 2, 2, started FROM leased), "
    "last AS MATERIALIZED (SELECT owner, max(revision) AS revision FROM leased GROUP BY owner), "
    "known AS MATERIALIZED (SELECT owner FROM owners WHERE owner = ANY (ARRAY(SELECT owner FROM last)) "
    "ORDER BY owner FOR NO KEY UPDATE SKIP LOCKED), "
    "served AS (UPDATE owners SET served = GREATEST(owners.served, last.revision) FROM last "
    "WHERE owners.owner = ANY (ARRAY(SELECT owner FROM known)) AND last.owner = owners.owner), "
    "met AS MATERIALIZED (SELECT owner, revision FROM last "
    "WHERE NOT EXISTS (SELECT 1 FROM owners WHERE owners.owner = last.owner) ORDER BY owner), "
    "added AS (INSERT INTO owners (owner, served) SELECT owner, revision FROM met "
    "WHERE pg_try_advisory_xact_lock(hashtextextended('convert owner ' || owner, 0)) "
    "ON CONFLICT DO NOTHING), "
    "report AS MATERIALIZED (SELECT (SELECT first FROM due) AS delayed, (SELECT urgency FROM top) AS "
    "urgency, "
    "EXISTS (SELECT 1 FROM queue WHERE place = 1 AND urgency < (SELECT urgency FROM top)) AS lower, "
    "(SELECT count(*) FROM names) AS owners, (SELECT max(owner) FROM names) AS last_owner, "
    "(SELECT array_agg(job ORDER BY turn) FROM blocked) AS blocked, "
    "(SELECT array_agg(DISTINCT fingerprint) FROM blocked) AS fingerprints, (SELECT now FROM clock) AS now) "
    "SELECT report.delayed, report.urgency, report.lower, report.owners, report.last_owner, report.blocked, "
    "report.fingerprints, report.now, claimed.* FROM report LEFT JOIN (SELECT request.*, 2 AS state, "
    "leased.revision, leased.token, leased.attempt, leased.interruptions, leased.not_before, "
    "leased.started, leased.error_code, leased.error_message, leased.error_retryable, leased.worker, "
    "leased.progress, NULL::bigint AS finished, NULL::text AS outputs, NULL::text AS warnings, "
    "NULL::boolean AS inputs_expired, NULL::boolean AS outputs_expired "
    "FROM leased CROSS JOIN LATERAL (SELECT " CONVERT_PG_REQUEST_COLUMNS
    " FROM jobs WHERE jobs.id = leased.job LIMIT 1) AS request) AS claimed ON true ORDER BY claimed.revision";

/// Makes up to $2 delayed jobs ready whose time has come.
inline constexpr std::string_view kPromoteJobs =
    "UPDATE queue SET place = 1 WHERE job = ANY (ARRAY(SELECT job FROM queue WHERE place = 2 AND due "
    "<= " CONVERT_PG_NOW " ORDER BY due LIMIT $2 FOR UPDATE SKIP LOCKED))";

/// Returns a claimed job ($2 id, $3 token) to the queue until the time $4, as a job that this build cannot
/// read.
inline constexpr std::string_view kUnclaimJob =
    "WITH " CONVERT_PG_CLOCK
    ", left_lease AS (DELETE FROM leases WHERE job = $2 AND token = $3 RETURNING *), "
    "moved AS MATERIALIZED (SELECT left_lease.*, jobs.urgency, jobs.priority, " CONVERT_PG_FIRST_REVISION
    " AS number FROM left_lease JOIN jobs ON jobs.id = left_lease.job), "
    "into_queue AS (INSERT INTO queue (job, place, owner, urgency, priority, fingerprint, due, not_before, "
    "revision, token, attempt, interruptions, started, error_code, error_message, error_retryable) "
    "SELECT job, 2, owner, urgency, priority, fingerprint, clock.now + $4, not_before, number, token, "
    "attempt, "
    "interruptions, started, error_code, error_message, error_retryable FROM moved, clock) "
    "INSERT INTO changes (revision, job, owner, kind, state, at) "
    "SELECT number, job, owner, 5, 1, clock.now FROM moved, clock";

// Changes of state.

/// Moves jobs to another state, if they still have the expected revision. Arrays: $2 job, $3 expected
/// revision, $4 source and $5 target (0: no more, 1: queue, 2: leases, 3: ended), $6 kind and $7 state for
/// the log, $8 owner, $9 urgency, $10 priority, $11 fingerprint, $12 token, $13 attempt, $14 interruptions,
/// $15 not_before, $16 started, $17 error_code (0: none), $18 error_message, $19 error_retryable, $20 place,
/// $21 due, $22 progress, $23 finished, $24 outputs, $25 warnings, $26 inputs_expired, $27 outputs_expired,
/// $28 has_outputs, $29 output_bytes, $30 spec (empty: unchanged). $31 and $32: keys that are no longer
/// referenced, and their jobs; $33 and $34: those that are now. $35: only jobs whose lease has ended.
/// Returns id, revision and time of the jobs that it has moved.
///
/// Locks in the order in which claims do: queue or lease, then the others. The arrays are in the order of the
/// ids, like the locks of heartbeats and of jobs that are put aside.
#define CONVERT_PG_STEPS                                                                                    \
  "steps AS MATERIALIZED (SELECT * FROM unnest($2::bigint[], $3::bigint[], $4::bigint[], $5::bigint[], "    \
  "$6::bigint[], $7::bigint[], $8::text[], $9::bigint[], $10::bigint[], $11::text[], $12::bigint[], "       \
  "$13::bigint[], $14::bigint[], $15::bigint[], $16::bigint[], $17::bigint[], $18::text[], $19::bigint[], " \
  "$20::bigint[], $21::bigint[], $22::double precision[], $23::bigint[], $24::text[], $25::text[], "        \
  "$26::bigint[], $27::bigint[], $28::bigint[], $29::bigint[], $30::text[]) WITH ORDINALITY AS s (job, "    \
  "expected, source, target, kind, state, owner, urgency, priority, fingerprint, token, attempt, "          \
  "interruptions, not_before, started, error_code, error_message, error_retryable, place, due, progress, "  \
  "finished, outputs, warnings, inputs_expired, outputs_expired, has_outputs, output_bytes, spec, n))"

#define CONVERT_PG_LEFT_LEASE                                                                              \
  "left_lease AS (DELETE FROM leases USING steps, clock WHERE steps.source = 2 AND leases.job = ANY ($2) " \
  "AND leases.job = steps.job "                                                                            \
  "AND leases.revision = steps.expected AND (NOT $35 OR clock.now - leases.leased_at >= leases.lease "     \
  "OR leases.leased_at - clock.now > leases.lease) RETURNING leases.job)"

#define CONVERT_PG_INTO_ENDED                                                                                \
  "into_ended AS (INSERT INTO ended (job, state, fingerprint, revision, token, attempt, interruptions, "     \
  "not_before, started, error_code, error_message, error_retryable, progress, finished, outputs, warnings, " \
  "inputs_expired, outputs_expired, has_outputs, output_bytes) SELECT job, state, NULLIF(fingerprint, ''), " \
  "revision, token, attempt, interruptions, not_before, NULLIF(started, -9223372036854775808), "             \
  "NULLIF(error_code, 0), CASE WHEN error_code <> 0 THEN error_message END, "                                \
  "CASE WHEN error_code <> 0 THEN error_retryable = 1 END, progress, "                                       \
  "COALESCE(NULLIF(finished, -9223372036854775808), clock.now), outputs, warnings, inputs_expired = 1, "     \
  "outputs_expired = 1, has_outputs = 1, output_bytes FROM moved, clock WHERE target = 3)"

#define CONVERT_PG_TAKE_BLOBS                                              \
  "taken AS (INSERT INTO blobs (key, job) SELECT t.key, t.job FROM moved " \
  "JOIN unnest($33::text[], $34::bigint[]) AS t (key, job) ON t.job = moved.job ORDER BY t.key)"

#define CONVERT_PG_LOG_STEPS                                                \
  "logged AS (INSERT INTO changes (revision, job, owner, kind, state, at) " \
  "SELECT revision, job, owner, kind, state, clock.now FROM moved, clock)"

#define CONVERT_PG_MOVED(left)                                        \
  "moved AS MATERIALIZED (SELECT steps.*, " CONVERT_PG_FIRST_REVISION \
  " + n - 1 AS revision FROM steps WHERE job IN (" left "))"

inline constexpr std::string_view kMoveJobs =
    "WITH " CONVERT_PG_CLOCK ", " CONVERT_PG_STEPS
    ", left_queue AS (DELETE FROM queue USING steps WHERE steps.source = 1 AND queue.job = ANY ($2) "
    "AND queue.job = steps.job "
    "AND queue.revision = steps.expected RETURNING queue.job), " CONVERT_PG_LEFT_LEASE
    ", left_ended AS (DELETE FROM ended USING steps WHERE steps.source = 3 AND ended.job = ANY ($2) "
    "AND ended.job = steps.job "
    "AND ended.revision = steps.expected RETURNING ended.job), " CONVERT_PG_MOVED(
        "SELECT job FROM left_queue UNION ALL SELECT job FROM left_lease "
        "UNION ALL SELECT job FROM left_ended")
    ", into_queue AS (INSERT INTO queue (job, place, owner, urgency, priority, fingerprint, due, not_before, "
    "revision, token, attempt, interruptions, started, error_code, error_message, error_retryable) "
    "SELECT job, place, owner, urgency, priority, NULLIF(fingerprint, ''), due, not_before, revision, token, "
    "attempt, interruptions, NULLIF(started, -9223372036854775808), NULLIF(error_code, 0), "
    "CASE WHEN error_code <> 0 THEN error_message END, "
    "CASE WHEN error_code <> 0 THEN error_retryable = 1 END "
    "FROM moved WHERE target = 1), " CONVERT_PG_INTO_ENDED
    ", gone AS (DELETE FROM jobs WHERE id = ANY (ARRAY(SELECT job FROM moved WHERE target = 0))), "
    "rewritten AS (UPDATE jobs SET spec = moved.spec, fingerprint = NULLIF(moved.fingerprint, '') FROM moved "
    "WHERE jobs.id = ANY ($2) AND jobs.id = moved.job AND moved.spec <> ''), "
    "freed AS (DELETE FROM blobs USING moved, unnest($31::text[], $32::bigint[]) AS f (key, job) "
    "WHERE f.job = moved.job AND blobs.key = ANY ($31) AND blobs.key = f.key "
    "AND blobs.job = f.job), " CONVERT_PG_TAKE_BLOBS
    ", " CONVERT_PG_LOG_STEPS " SELECT moved.job, moved.revision, clock.now FROM moved, clock";

/// The same for jobs that run and end without losing a key: the most frequent change.
inline constexpr std::string_view kEndJobs =
    "WITH " CONVERT_PG_CLOCK ", " CONVERT_PG_STEPS ", " CONVERT_PG_LEFT_LEASE ", " CONVERT_PG_MOVED(
        "SELECT job FROM left_lease") ", " CONVERT_PG_INTO_ENDED ", " CONVERT_PG_TAKE_BLOBS
                                      ", " CONVERT_PG_LOG_STEPS
                                      " SELECT moved.job, moved.revision, clock.now FROM moved, clock";

// Duplicates. The unique index of `leases` decides which of several duplicates runs. Those in its way are
// put aside, so that claims need not look at them again, and return when it has ended.

/// Puts the jobs $1 with the fingerprints $2 aside whose duplicate runs. The lock keeps the lease until the
/// jobs are put aside: whoever ends it then sees and releases them.
inline constexpr std::string_view kPutAside =
    "WITH running AS MATERIALIZED (SELECT fingerprint FROM leases WHERE fingerprint = ANY($2::text[]) "
    "ORDER BY job FOR KEY SHARE) "
    "UPDATE queue SET place = 3 WHERE job = ANY($1::bigint[]) AND place = 1 "
    "AND fingerprint IN (SELECT fingerprint FROM running)";

/// Makes ready the first waiting job of each owner with the fingerprints $1, unless a duplicate runs. The
/// others would have to wait for that one again.
inline constexpr std::string_view kReleaseDuplicates =
    "WITH RECURSIVE wanted AS MATERIALIZED (SELECT DISTINCT f.fingerprint FROM unnest($1::text[]) "
    "AS f (fingerprint) WHERE NOT EXISTS (SELECT 1 FROM leases WHERE leases.fingerprint = f.fingerprint)), "
    "firsts (fingerprint, owner, job) AS ("
    "SELECT w.fingerprint, q.owner, q.job FROM wanted w CROSS JOIN LATERAL (SELECT owner, job FROM queue "
    "WHERE place = 3 AND queue.fingerprint = w.fingerprint "
    "ORDER BY owner, urgency DESC, priority DESC, job LIMIT 1) q "
    "UNION ALL "
    "SELECT f.fingerprint, q.owner, q.job FROM firsts f CROSS JOIN LATERAL (SELECT owner, job FROM queue "
    "WHERE place = 3 AND queue.fingerprint = f.fingerprint AND queue.owner > f.owner "
    "ORDER BY owner, urgency DESC, priority DESC, job LIMIT 1) q) "
    "UPDATE queue SET place = 1 WHERE job = ANY (ARRAY(SELECT job FROM firsts)) AND place = 3";

/// The fingerprints of waiting jobs that nothing will release: no duplicate runs or is ready. For the sweep.
inline constexpr std::string_view kForgottenDuplicates =
    "WITH RECURSIVE waiting (fingerprint, n) AS ("
    "(SELECT fingerprint, 1 FROM queue WHERE place = 3 ORDER BY fingerprint LIMIT 1) "
    "UNION ALL "
    "SELECT q.fingerprint, waiting.n + 1 FROM waiting CROSS JOIN LATERAL (SELECT fingerprint FROM queue "
    "WHERE place = 3 AND queue.fingerprint > waiting.fingerprint ORDER BY fingerprint LIMIT 1) q "
    "WHERE waiting.n < 1000) "
    "SELECT fingerprint FROM waiting "
    "WHERE NOT EXISTS (SELECT 1 FROM leases WHERE leases.fingerprint = waiting.fingerprint)";

// Leases.

/// Arrays: $3 job, $4 token, $5 progress. Returns the claims that it has renewed.
inline constexpr std::string_view kRenewLeases =
    "WITH " CONVERT_PG_CLOCK
    ", beats AS MATERIALIZED (SELECT * FROM unnest($3::bigint[], $4::bigint[], $5::double precision[]) "
    "AS b (job, token, progress)), "
    "locked AS MATERIALIZED (SELECT leases.job, beats.progress FROM leases JOIN beats "
    "ON leases.job = beats.job AND leases.token = beats.token WHERE leases.job = ANY ($3) "
    "ORDER BY leases.job FOR NO KEY UPDATE OF leases) "
    "UPDATE leases SET leased_at = clock.now, lease = $2, progress = locked.progress FROM locked, clock "
    "WHERE leases.job = ANY ($3) AND leases.job = locked.job RETURNING leases.job, leases.token, clock.now";

/// Arrays: $1 job, $2 token.
inline constexpr std::string_view kLostClaims =
    "SELECT c.job, c.token FROM unnest($1::bigint[], $2::bigint[]) WITH ORDINALITY AS c (job, token, n) "
    "WHERE NOT EXISTS (SELECT 1 FROM leases WHERE leases.job = c.job AND leases.token = c.token) ORDER BY "
    "c.n";

/// Jobs whose leases have ended, or were renewed in the future by more than their length (the clock was set
/// back).
inline constexpr std::string_view kExpiredJobs =
    "WITH " CONVERT_PG_CLOCK
    ", expired AS MATERIALIZED (SELECT job FROM leases, clock WHERE clock.now - leased_at >= lease "
    "OR leased_at - clock.now > lease ORDER BY job LIMIT $2) SELECT " CONVERT_PG_REQUEST_COLUMNS
    ", " CONVERT_PG_STATE_COLUMNS ", " CONVERT_PG_NOW CONVERT_PG_FROM_JOBS
    "WHERE jobs.id IN (SELECT job FROM expired) ORDER BY jobs.id";

// Lookup. $2 is the id. The last column is the time.

inline constexpr std::string_view kFindJobRow =
    "SELECT " CONVERT_PG_REQUEST_COLUMNS ", " CONVERT_PG_STATE_COLUMNS
    ", " CONVERT_PG_NOW CONVERT_PG_FROM_JOBS "WHERE jobs.id = $2";

inline constexpr std::string_view kFindJobRows =
    "SELECT " CONVERT_PG_REQUEST_COLUMNS ", " CONVERT_PG_STATE_COLUMNS CONVERT_PG_FROM_JOBS
    "JOIN unnest($1::bigint[]) WITH ORDINALITY AS wanted (id, n) ON wanted.id = jobs.id ORDER BY wanted.n";

/// The start of the statements of `list`; conditions follow.
inline constexpr std::string_view kListJobRows =
    "SELECT " CONVERT_PG_REQUEST_COLUMNS ", " CONVERT_PG_STATE_COLUMNS CONVERT_PG_FROM_JOBS "WHERE ";

inline constexpr std::string_view kUnreferencedKeys =
    "SELECT k.key FROM unnest($1::text[]) WITH ORDINALITY AS k (key, n) "
    "WHERE NOT EXISTS (SELECT 1 FROM blobs WHERE blobs.key = k.key) ORDER BY k.n";

inline constexpr std::string_view kSumOwnerUsage =
    "SELECT count(*), count(*) FILTER (WHERE ended.job IS NULL), "
    "LEAST(COALESCE(sum(jobs.input_bytes) FILTER (WHERE NOT COALESCE(ended.inputs_expired, false)), 0), "
    "9223372036854775807)::bigint, LEAST(COALESCE(sum(ended.output_bytes), 0), 9223372036854775807)::bigint "
    "FROM jobs LEFT JOIN ended ON ended.job = jobs.id WHERE jobs.owner = $1";

/// Counts over all jobs, at one moment.
inline constexpr std::string_view kReadStatistics =
    "WITH " CONVERT_PG_CLOCK
    ", queued AS MATERIALIZED (SELECT queue.owner, queue.due, "
    "CASE WHEN queue.not_before > clock.now OR (queue.place = 2 AND queue.due > clock.now) THEN 2 "
    "WHEN leases.job IS NOT NULL THEN 3 ELSE 1 END AS place "
    "FROM clock CROSS JOIN queue LEFT JOIN leases ON leases.fingerprint = queue.fingerprint) "
    "SELECT (SELECT count(*) FROM queued), (SELECT count(*) FROM leases), "
    "(SELECT count(*) FROM ended WHERE state = 3), (SELECT count(*) FROM ended WHERE state = 4), "
    "(SELECT count(*) FROM ended WHERE state = 5), (SELECT count(*) FROM queued WHERE place = 1), "
    "(SELECT count(*) FROM queued WHERE place = 2), (SELECT count(*) FROM queued WHERE place = 3), "
    "(SELECT now FROM clock) - (SELECT min(due) FROM queued WHERE place = 1), "
    "(SELECT count(*) FROM (SELECT owner FROM queue UNION SELECT owner FROM leases) AS busy)";

// The change log.

/// The last column says whether all earlier changes are visible too.
inline constexpr std::string_view kListChangeRows =
    "SELECT revision, job, owner, kind, state, at, revision < " CONVERT_PG_HORIZON
    " FROM changes WHERE revision > $1 ORDER BY revision LIMIT $2";

/// The same for the job $3.
inline constexpr std::string_view kListJobChangeRows =
    "SELECT revision, job, owner, kind, state, at, revision < " CONVERT_PG_HORIZON
    " FROM changes WHERE job = $3 AND revision > $1 ORDER BY revision LIMIT $2";

/// The first revision of the oldest transaction that may still write to the log: of the oldest among those
/// that hold a lock on it, else of the next one. Statements lock the log before they get a number. The number
/// comes from the activity of the process: pg_locks shows it a moment later than snapshots do. Only what a
/// later statement sees is complete below this revision.
inline constexpr std::string_view kOldestWriter =
    "WITH next AS MATERIALIZED (SELECT pg_snapshot_xmax(pg_current_snapshot())::text::bigint AS number), "
    "writers AS MATERIALIZED (SELECT DISTINCT pid FROM pg_locks WHERE locktype = 'relation' "
    "AND relation = 'changes'::regclass AND mode IN ('RowExclusiveLock', 'ShareRowExclusiveLock', "
    "'ExclusiveLock', 'AccessExclusiveLock') "
    "AND database = (SELECT oid FROM pg_database WHERE datname = current_database())), "
    "numbers AS (SELECT (next.number - activity.backend_xid::text::bigint) & 4294967295 AS age "
    "FROM next, writers CROSS JOIN LATERAL pg_stat_get_activity(writers.pid) AS activity "
    "WHERE activity.backend_xid IS NOT NULL) "
    "SELECT base + (next.number - COALESCE((SELECT max(age) FROM numbers WHERE age < 2147483648), 0)) * 4096 "
    "FROM next, log_base";

inline constexpr std::string_view kLastSafeRevision =
    "SELECT COALESCE((SELECT max(revision) FROM changes WHERE revision < " CONVERT_PG_HORIZON
    "), 0), COALESCE((SELECT max(revision) FROM changes), 0)";
inline constexpr std::string_view kLastRevisionBelow =
    "SELECT COALESCE(max(revision), 0) FROM changes WHERE revision < $1";

/// Those of the $2 oldest entries that are older than $1, but never the newest.
inline constexpr std::string_view kTrimChanges =
    "DELETE FROM changes WHERE at < $1 AND revision IN (SELECT revision FROM changes "
    "WHERE revision < (SELECT max(revision) FROM changes) ORDER BY revision LIMIT $2)";

/// Owners that were served last before the oldest entry of the log.
inline constexpr std::string_view kForgetOwners =
    "DELETE FROM owners WHERE served < (SELECT min(revision) FROM changes)";

/// A restored dump may be in a server whose transactions have lower numbers than those of its log.
inline constexpr std::string_view kRaiseLogBase =
    "UPDATE log_base SET base = log.last + 4096 - log.next * 4096 FROM (SELECT max(revision) AS last, "
    "pg_snapshot_xmax(pg_current_snapshot())::text::bigint AS next FROM changes) AS log "
    "WHERE log.last >= base + log.next * 4096";

// Elections.

/// $2 role, $3 host, $4 lease. A lease that ends later than a new one was given before the clock was set
/// back.
inline constexpr std::string_view kElectHost =
    "INSERT INTO elections (role, host, until) VALUES ($2::text, $3::text, " CONVERT_PG_NOW
    " + $4) ON CONFLICT (role) DO UPDATE SET host = excluded.host, until = excluded.until "
    "WHERE elections.host = excluded.host OR elections.until <= " CONVERT_PG_NOW
    " OR elections.until > excluded.until RETURNING host";

inline constexpr std::string_view kResignHost = "DELETE FROM elections WHERE role = $1 AND host = $2";

#undef CONVERT_PG_NOW
#undef CONVERT_PG_CLOCK
#undef CONVERT_PG_FIRST_REVISION
#undef CONVERT_PG_HORIZON
#undef CONVERT_PG_REQUEST_COLUMNS
#undef CONVERT_PG_STATE_COLUMN
#undef CONVERT_PG_STATE_COLUMNS
#undef CONVERT_PG_FROM_JOBS
#undef CONVERT_PG_STEPS
#undef CONVERT_PG_LEFT_LEASE
#undef CONVERT_PG_INTO_ENDED
#undef CONVERT_PG_TAKE_BLOBS
#undef CONVERT_PG_LOG_STEPS
#undef CONVERT_PG_MOVED

}  // namespace convert::job_store::pg
