// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <vector>

#include <convert/export.hpp>
#include <convert/job.hpp>

namespace convert {

/// The effect of an event on a job.
struct Transition {
  Job job;                          ///< after the event; the store sets its `revision`
  ChangeKind kind{};                ///< its kind in the change log
  std::vector<Key> dropped_keys{};  ///< no longer referenced: delete these blobs after storing the change
  bool changed = true;              ///< false: the event had no effect; nothing is stored
};

/// The life cycle of a job: the only place that decides what an event does. A pure function, which every
/// JobStore calls inside its transaction.
///
// clang-format off
/// | event          | queued    | running            | succeeded       | failed         | cancelled      |
/// | ---            | ---       | ---                | ---             | ---            | ---            |
/// | Claimed        | running   | conflict           | conflict        | conflict       | conflict       |
/// | Completed      | conflict  | succeeded          | conflict        | conflict       | conflict       |
/// | AttemptFailed  | conflict  | queued, failed (1) | conflict        | conflict       | conflict       |
/// | Released       | conflict  | queued             | conflict        | conflict       | conflict       |
/// | Interrupted    | conflict  | queued, failed (2) | conflict        | conflict       | conflict       |
/// | Cancelled      | cancelled | cancelled          | conflict        | conflict       | unchanged      |
/// | Retried        | unchanged | conflict           | conflict        | queued         | queued         |
/// | Replaced       | queued    | queued (3)         | queued (4)      | queued         | queued         |
/// | OutputsExpired | conflict  | conflict           | outputs dropped | unchanged      | unchanged      |
/// | InputsExpired  | conflict  | conflict           | inputs dropped  | inputs dropped | inputs dropped |
// clang-format on
///
/// Completed, AttemptFailed, Released and Interrupted are a conflict unless they name the token of the claim.
/// (1) Queued if the error is retryable and attempts are left, else failed. (2) Failed after more than
/// `max_interruptions`. (3) And the claim is fenced: its worker can no longer report. (4) And the outputs are
/// dropped.
///
/// Dropping what is already dropped is unchanged. OutputsExpired and InputsExpired are a conflict unless the
/// job ended before the event's `finished_before`: it may have started again since the caller read it.
///
/// `Claimed` also fails with `conflict` before `not_before`, and unless its token is greater than the last
/// one. `Retried` and `Replaced` fail with `not_found` once the inputs have expired; they reset the attempts
/// and the error, and keep the `not_before` of the request. A job that has failed keeps its last error; one
/// that was interrupted more than `max_interruptions` times gets the error `crashed`. After three
/// interruptions a job waits before it runs again: 1 s, then twice as long each time, at most 60 s. Errors:
/// `conflict`, `not_found`; each message names the state. `now` is the store's time.
///
/// All texts of a job are UTF-8 without NUL, so that every store can hold them. Those that a worker reports
/// (names, warnings, errors) are repaired by U+FFFD; `Replaced` with another spec fails with
/// `invalid_argument`.
CONVERT_API Result<Transition> apply_event(const Job& job, const Event& event, Time now);

/// A new job as `insert` stores it. Checks the bounds of the request (see JobRequest). Errors:
/// `invalid_argument`.
CONVERT_API Result<Job> new_job(const JobRequest& request, Time now);

/// How long to wait between attempts.
struct RetryPolicy {
  std::chrono::milliseconds initial_delay{250};  ///< after the first failure
  double factor = 4;                             ///< multiplies the delay after each further failure
  std::chrono::milliseconds max_delay{300'000};
  double jitter = 0.2;  ///< 0 to 1: the delay varies by this fraction, so that retries spread out
};

/// The delay after failure number `failures` (from 1). `random` is between 0 and 1.
CONVERT_API std::chrono::milliseconds backoff(const RetryPolicy& policy, int failures,
                                              double random) noexcept;

}  // namespace convert
