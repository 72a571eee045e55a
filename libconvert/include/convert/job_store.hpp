// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <cstddef>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include <convert/export.hpp>
#include <convert/job.hpp>
#include <convert/life_cycle.hpp>

namespace convert {

/// The truth about jobs. Thread-safe; each call is atomic, and durable when it returns (as its Durability
/// says). Calls may block, for a flush or for other processes. One store may be used by many processes, and
/// by many hosts if the backend is a server. Every call may fail with `unavailable` (busy or not reachable;
/// retryable), `io` (the disk is full or broken; retryable where that may pass) and `internal` (the data are
/// damaged, or not ours).
///
/// Stores take what an event does from `next` (life_cycle.hpp) and add: numbers, order, leases and the log.
/// Times are those of the store's clock. That may be set: forwards, leases run out, and their jobs run again;
/// backwards, jobs that wait for a time wait longer, and others don't.
class JobStore {
 public:
  virtual ~JobStore() = default;

  /// Records a new job, queued. Errors: `invalid_argument` (bounds of JobRequest), `conflict` (the owner has
  /// a job with that unique key, or another job has one of the inputs' blobs).
  virtual Result<Job> insert(const JobRequest& request) = 0;

  /// Gives up to `max` queued jobs, whose time has come, to a worker: each becomes running with a new token
  /// and a lease. Never gives the same job to two. In this order: higher urgency; then the owner with the
  /// fewest running jobs, among those the one served longest ago; then the owner's own: higher priority, then
  /// lower id. O(log n) for each. A job whose twin (same fingerprint) is running is passed over until that
  /// one ends, however it does. Errors: `invalid_argument` (a lease is 1 ms to 1 day).
  virtual Result<std::vector<Job>> claim(const ClaimRequest& request) = 0;

  /// Renews the leases of these claims for `lease` from now and notes their progress. Answers with those that
  /// are no longer right, whose workers have to stop: cancelled, replaced, removed, or run by somebody else.
  /// Not logged. Errors: `invalid_argument` (a lease is 1 ms to 1 day).
  virtual Result<std::vector<Claim>> heartbeat(std::span<const ClaimHeartbeat> heartbeats,
                                               std::chrono::milliseconds lease) = 0;

  /// Lets an event happen to a job, through `next`. Errors: `not_found`, those of `next`, and
  /// `invalid_argument` for `Claimed`, which only `claim` makes happen.
  virtual Result<Transition> apply(JobId id, const Event& event) = 0;

  /// Interrupts up to `max` running jobs whose lease has run out, and answers with them as they are now. A
  /// lease that was renewed in the future (the clock was set back) by more than its length has run out too.
  virtual Result<std::vector<Job>> expire_leases(std::size_t max) = 0;

  /// Forgets a job in whatever state, and answers with it as it was: its blobs are the caller's to remove.
  /// A worker that runs it is fenced. With `finished_before`, only if it has ended before that time, for
  /// those who looked at it earlier. Errors: `not_found`, `conflict` (it has not ended before that).
  virtual Result<Job> remove(JobId id, std::optional<Time> finished_before = {}) = 0;

  /// Errors: `not_found`.
  virtual Result<Job> find(JobId id) = 0;

  /// In the order of ids. Errors: `invalid_argument` (`max`, a `file` without an owner).
  virtual Result<std::vector<Job>> list(const JobFilter& filter) = 0;

  /// Up to `max` lines of the log after that one, in order; every line that was there when the call began.
  virtual Result<std::vector<Change>> changes(Revision after, std::size_t max) = 0;

  /// Removes lines of the log that are older. The newest line always stays.
  virtual Result<void> trim_changes(Time before) = 0;

  /// Of these keys, those that no job has as an input or an output.
  virtual Result<std::vector<Key>> unreferenced(std::span<const Key> keys) = 0;

  virtual Result<Statistics> statistics() = 0;

  /// What that owner has. Looks at each of the owner's jobs.
  virtual Result<Usage> usage(std::string_view owner) = 0;

  /// The store's clock.
  virtual Time now() = 0;
};

/// Tells a store the time. Thread-safe. Empty: the system's clock.
using Clock = std::function<Time()>;

/// In memory: for tests, and where jobs need not outlive the process.
CONVERT_API std::shared_ptr<JobStore> memory_job_store(Clock clock = {});

struct SqliteOptions {
  Durability durability = Durability::power;
  std::chrono::milliseconds busy_timeout{10'000};  ///< how long to wait for other processes' writes
  Clock clock{};
};

/// One SQLite file in WAL mode, made if it is missing; any number of processes on one host may share it. It
/// needs: write permission in the file's folder, a local file system (WAL does not work over NFS).
/// Concurrent calls share flushes (group commit). Older schemas are migrated forward, each step in one
/// transaction. Errors: `io`, `unsupported` (a schema newer than this build knows: the message says which
/// version to use), `internal` (no database, or damaged).
CONVERT_API Result<std::shared_ptr<JobStore>> sqlite_job_store(const std::filesystem::path& file,
                                                               const SqliteOptions& options = {});

/// Opens a backend by URI: "memory:", "sqlite:///srv/jobs.db", "sqlite:jobs.db" (relative), with options
/// after a "?"
/// ("sqlite:jobs.db?durability=process&busy_timeout=5000"). Errors: `unsupported` for a scheme or option that
/// this build does not have (the message lists those it has), and those of the backend.
CONVERT_API Result<std::shared_ptr<JobStore>> open_job_store(std::string_view uri);

}  // namespace convert
