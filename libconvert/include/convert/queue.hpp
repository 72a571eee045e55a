// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string_view>

#include <convert/export.hpp>
#include <convert/job.hpp>

namespace convert {

/// Announces to engines, on this host or others, that a job may be ready. Thread-safe. Holds no state of
/// jobs: that is in the JobStore. A queue should deliver each announcement at least once, to one waiting
/// engine. If it loses, duplicates, delays or reorders announcements, jobs only start later, with the
/// engine's next sweep. Calls may fail with `unavailable` and `io`.
class Queue {
 public:
  virtual ~Queue() = default;

  /// Announces that a job is ready after `delay`. Does not wait for a consumer. A backend may collect
  /// announcements for some milliseconds and send them together; it may then report success before they
  /// are sent.
  virtual Result<void> announce(JobId id, std::chrono::milliseconds delay) = 0;

  /// Returns the next announcement. Returns nothing after `wait`, or after `wake`.
  virtual Result<std::optional<JobId>> next(std::chrono::milliseconds wait) = 0;

  /// Makes every pending `next` of this process return. Used by an orderly stop.
  virtual void wake() = 0;

  /// Whether announcements can be made now. Fast. The default succeeds. Errors: the reason.
  virtual Result<void> ready() { return {}; }
};

/// A queue within one process, ordered by due time. Unbounded, but holds each job only once.
CONVERT_API std::shared_ptr<Queue> memory_queue();

/// A queue between the hosts that share a database, "postgresql://user@host/database?schema=name", by NOTIFY,
/// without tables. Behind a pooler in transaction mode it receives only what this process announces. It
/// reconnects by itself. Errors: `invalid_argument` (the URI, the user or the database is wrong),
/// `unsupported` (a version before 14; this build has no PostgreSQL), `unavailable` (the server does not
/// answer).
CONVERT_API Result<std::shared_ptr<Queue>> postgresql_queue(std::string_view uri);

/// Opens a backend by URI: "memory:", "postgresql://...". Errors: `unsupported` (the message lists the
/// schemes of this build), and those of the backend.
CONVERT_API Result<std::shared_ptr<Queue>> open_queue(std::string_view uri);

}  // namespace convert
