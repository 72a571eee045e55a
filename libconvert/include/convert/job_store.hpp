// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <cstddef>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <convert/export.hpp>
#include <convert/job.hpp>
#include <convert/life_cycle.hpp>

namespace convert {

/// The authoritative state of all jobs. Thread-safe. Each call is atomic, and durable when it returns (as its
/// Durability says). Calls may block, for a flush or for other processes. Many processes may share a store,
/// and many hosts if the backend is a server. Every call may fail with `unavailable` (busy or not reachable;
/// retryable), `io` (the disk is full or broken; retryable where that may pass) and `internal` (the data are
/// damaged or foreign).
///
/// `apply_event` (life_cycle.hpp) decides what an event does. A store adds ids, order, leases and the change
/// log. Times are those of the store's clock. If that clock is set forward, leases expire and their jobs run
/// again. If it is set back, jobs with a `not_before` wait longer; other jobs are not affected.
class CONVERT_API JobStore {
 public:
  virtual ~JobStore() = default;

  /// Records a new job, queued. Errors: `invalid_argument` (bounds of JobRequest), `conflict` (the owner has
  /// a job with that unique key, or another job references the blob of an input). After `unavailable`, `io`
  /// and `internal` the job may have been recorded nonetheless (the reply was lost): keep its inputs. If it
  /// was recorded, the same call with a unique key fails with `conflict`, and `list` finds it.
  virtual Result<Job> insert(const JobRequest& request) = 0;

  /// Claims up to `max` ready jobs for a worker: each becomes running with a new token and a lease. Never
  /// gives a job to two workers. Order: higher urgency; then the owner with the fewest running jobs, and
  /// among those the least recently served; then, within an owner, higher priority, then lower id. O(log n)
  /// for each job. Skips a job while a duplicate (same fingerprint) runs. Claims of several processes at the
  /// same time may each miss the others: with C of them, owners of equal right differ by at most C running
  /// jobs. Two workers never get the same token, also if the store crashes: a store on a server makes claims
  /// durable before it returns them, whatever the Durability; one on a single host need not, as its workers
  /// stop with it. Errors: `invalid_argument` (a lease is 1 ms to 1 day).
  virtual Result<std::vector<Job>> claim(const ClaimRequest& request) = 0;

  /// Renews the leases of these claims to `lease` from now and stores their progress. Returns the claims that
  /// are no longer valid, whose workers must stop: the job was cancelled, replaced, removed or claimed again.
  /// Not logged as a change. Errors: `invalid_argument` (a lease is 1 ms to 1 day).
  virtual Result<std::vector<Claim>> heartbeat(std::span<const ClaimHeartbeat> heartbeats,
                                               std::chrono::milliseconds lease) = 0;

  /// Those of `claims` that are no longer valid, as `heartbeat` reports them, without renewing the others.
  /// Called several times a second by each host for all that it runs: one query. The default calls `find`
  /// for each.
  virtual Result<std::vector<Claim>> lost_claims(std::span<const Claim> claims);

  /// Applies an event to a job through `apply_event`. Errors: `not_found`, those of `apply_event`, and
  /// `invalid_argument` for `Claimed`, which only `claim` causes.
  virtual Result<Transition> apply(JobId id, const Event& event) = 0;

  /// Interrupts up to `max` running jobs whose lease has expired, and returns them as they are now. A lease
  /// whose renewal lies in the future by more than its length (the clock was set back) has expired too.
  virtual Result<std::vector<Job>> expire_leases(std::size_t max) = 0;

  /// Deletes a job in any state and returns it as it was; the caller deletes its blobs. Fences a worker that
  /// runs it. With `finished_before`, deletes only a job that ended before that time. Errors: `not_found`,
  /// `conflict` (it has not ended before that time).
  virtual Result<Job> remove(JobId id, std::optional<Time> finished_before = {}) = 0;

  /// Errors: `not_found`.
  virtual Result<Job> find(JobId id) = 0;

  /// Those of `ids` that exist, in the order of `ids`. The default calls `find` for each.
  virtual Result<std::vector<Job>> find_many(std::span<const JobId> ids);

  /// Jobs in order of their ids. Errors: `invalid_argument` (`max`; `file` without an owner).
  virtual Result<std::vector<Job>> list(const JobFilter& filter) = 0;

  /// Up to `max` entries of the change log after `after`, in order. Once an entry has been returned, no entry
  /// with a lower revision appears any more: a reader that continues after the last entry it has seen misses
  /// none. Revisions rise and may have gaps. Includes every entry that existed when the call started, except
  /// that a backend with concurrent writers may hold entries back, by at most 5 s, while an earlier write is
  /// unfinished.
  virtual Result<std::vector<Change>> changes(Revision after, std::size_t max) = 0;

  /// The same, of one job: for a reader that returns after a while. The default reads all entries. Backends
  /// whose log is shared by many hosts have an index.
  virtual Result<std::vector<Change>> job_changes(JobId id, Revision after, std::size_t max);

  /// The revision of the last entry that `changes` would return now: where a new reader starts. O(1). The
  /// default calls `statistics`, which is expensive.
  virtual Result<Revision> last_revision();

  /// Calls `callback` when the change log may have new entries from any process, in a thread of the store,
  /// until the returned handle is destroyed; destruction waits for a running call. Calls coalesce. They may
  /// be lost while the connection is: readers also poll, only less promptly. This call does not wait for a
  /// server. The callback must return at once and not call the store. The default returns null: the store
  /// cannot notify, readers poll.
  [[nodiscard]] virtual std::shared_ptr<void> notify_changes(std::function<void()> callback);

  /// Deletes entries of the change log before `before`. Always keeps the newest entry.
  virtual Result<void> trim_changes(Time before) = 0;

  /// Those of `keys` that no job references as an input or an output.
  virtual Result<std::vector<Key>> unreferenced(std::span<const Key> keys) = 0;

  virtual Result<Statistics> statistics() = 0;

  /// What that owner's jobs use. Costs time proportional to their number.
  virtual Result<Usage> usage(std::string_view owner) = 0;

  /// The store's clock. Cheap: a backend on a server may keep its difference from this host's steady clock,
  /// measured at least once a minute. Errors: the backend was never reached.
  virtual Result<Time> now() = 0;

  /// Whether `host` may do the periodic work `role` for the next `lease`. At most one host at a time may: the
  /// one that may now keeps it as long as it calls again before its lease has ended. A `lease` of zero gives
  /// it up. Hosts are the worker names of engines. Best effort: the work must be safe if two hosts do it. The
  /// default lets every host do it.
  virtual Result<bool> elect(std::string_view role, std::string_view host, std::chrono::milliseconds lease);

  /// Whether jobs can be recorded now. Fast. The default looks up a job that does not exist. Errors: the
  /// reason.
  virtual Result<void> ready();
};

/// Whether a JobStore::insert or Engine::submit that failed with `code` may have recorded the job, or may
/// yet: its reply was lost. Then its inputs must stay.
constexpr bool may_be_recorded(Errc code) noexcept {
  return code == Errc::unavailable || code == Errc::io || code == Errc::internal;
}

/// A store's clock. Must be thread-safe. Default: the system's clock.
using Clock = std::function<Time()>;

/// A store in memory: for tests, and where jobs need not outlive the process.
CONVERT_API std::shared_ptr<JobStore> memory_job_store(Clock clock = {});

struct SqliteOptions {
  Durability durability = Durability::power;
  std::chrono::milliseconds busy_timeout{10'000};  ///< how long to wait for writes of other processes
  Clock clock{};
};

/// A store in one SQLite file in WAL mode, created if missing. Any number of processes on one host may share
/// it. Needs write permission in the file's folder and a local file system (WAL does not work over NFS).
/// Concurrent calls share flushes (group commit). Migrates older schemas forward, each step in one
/// transaction. Errors: `io`, `unsupported` (a schema newer than this build; the message names the version to
/// use), `internal` (not a database, or damaged).
CONVERT_API Result<std::shared_ptr<JobStore>> sqlite_job_store(const std::filesystem::path& file,
                                                               const SqliteOptions& options = {});

struct PostgresqlOptions {
  Clock clock{};  ///< default: the server's clock
};

/// A store in a PostgreSQL database (14 or later, encoding UTF8), for any number of hosts. The URI is
/// "postgresql://user@host:port/database?option=value&..." with libpq's options, `schema` (default "convert")
/// and `max_connections` of this store (default 8). Creates and migrates its tables, if the role has the
/// rights. Works through PgBouncer in transaction mode; changes of other hosts are then seen by polling.
///
/// Every change is one durable transaction of one statement. Revisions have gaps. `claim` follows its order
/// exactly while at most 256 owners have ready jobs of one urgency; with more it takes them in groups.
/// Errors: `unavailable` (not reachable), `invalid_argument` (the URI, or a role that may not create or use
/// the tables), `unsupported` (the server is too old, or the tables are too new). Defined in builds with
/// CONVERT_POSTGRESQL.
CONVERT_API Result<std::shared_ptr<JobStore>> postgresql_job_store(std::string_view uri,
                                                                   const PostgresqlOptions& options = {});

/// Creates or migrates the tables of such a store. Returns the number of steps that were needed. Errors: as
/// `postgresql_job_store`.
CONVERT_API Result<int> migrate_postgresql_job_store(std::string_view uri);

/// Opens a backend by URI: "memory:", "sqlite:///srv/jobs.db", "sqlite:jobs.db" (relative), with options
/// after a "?" ("sqlite:jobs.db?durability=process&busy_timeout=5000"), or "postgresql://..." as
/// `postgresql_job_store`. Errors: `unsupported` for a scheme or option that this build does not have (the
/// message lists those it has), and those of the backend.
CONVERT_API Result<std::shared_ptr<JobStore>> open_job_store(std::string_view uri);

/// `migrate_postgresql_job_store` for a URI of any backend: for a role that may create tables, before hosts
/// start whose role may not. Other backends migrate themselves when they are opened; that returns 0. Errors:
/// as `open_job_store`.
CONVERT_API Result<int> migrate_job_store(std::string_view uri);

}  // namespace convert
