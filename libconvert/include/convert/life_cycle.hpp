// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <vector>

#include <convert/export.hpp>
#include <convert/job.hpp>

namespace convert {

/// What an event makes of a job.
struct Transition {
  Job job;            ///< as it is now; its `revision` is left to the store
  ChangeKind kind{};  ///< how the log calls it
  std::vector<Key>
      dropped_keys{};   ///< blobs that belong to nobody any more, to be removed after the change is stored
  bool changed = true;  ///< false: the event found everything as it wants it; nothing is stored
};

/// The life cycle of a job: the only place that decides what an event does. A pure function, which every
/// JobStore calls inside its transaction.
///
// clang-format off
/// | event          | queued    | running                            | succeeded                | failed         | cancelled      |
/// | ---            | ---       | ---                                | ---                      | ---            | ---            |
/// | Claimed        | running   | conflict                           | conflict                 | conflict       | conflict       |
/// | Completed      | conflict  | succeeded (1)                      | conflict                 | conflict       | conflict       |
/// | AttemptFailed  | conflict  | queued (1, 2), else failed (1)     | conflict                 | conflict       | conflict       |
/// | Released       | conflict  | queued (1)                         | conflict                 | conflict       | conflict       |
/// | Interrupted    | conflict  | queued (1), failed after too many  | conflict                 | conflict       | conflict       |
/// | Cancelled      | cancelled | cancelled                          | conflict                 | conflict       | unchanged      |
/// | Retried        | unchanged | conflict                           | conflict                 | queued         | queued         |
/// | Replaced       | queued    | queued, and the claim is fenced    | queued, outputs dropped  | queued         | queued         |
/// | OutputsExpired | conflict  | conflict                           | outputs dropped          | unchanged      | unchanged      |
/// | InputsExpired  | conflict  | conflict                           | inputs dropped           | inputs dropped | inputs dropped |
// clang-format on
///
/// (1) with the token of the claim, else conflict. (2) if it can be retried and attempts are left. What was
/// dropped already is unchanged. What expires is a conflict unless the job has ended before the time that is
/// said: it may have begun again since somebody looked.
///
/// `Claimed` also fails with `conflict` before `not_before`, and unless its token is greater than the last.
/// `Retried` and `Replaced` fail with `not_found` once the inputs have expired; they begin with no attempts
/// and no error, not before the time that was asked for. A job given up as failed keeps its last error; one
/// that was interrupted more than `max_interruptions` times gets the error `crashed`. After three
/// interruptions a job waits before it runs again: 1 s, then twice as long each time, 60 s at most. Errors:
/// `conflict`, `not_found`, each with a sentence that says the state. `now` is the store's time.
CONVERT_API Result<Transition> apply_event(const Job& job, const Event& event, Time now);

/// A new job as `insert` stores it: checks the request's bounds (see JobRequest). Errors: `invalid_argument`.
CONVERT_API Result<Job> new_job(const JobRequest& request, Time now);

/// How long to wait between attempts.
struct RetryPolicy {
  std::chrono::milliseconds initial_delay{250};  ///< after the first failure
  double factor = 4;                             ///< longer after each one more
  std::chrono::milliseconds max_delay{300'000};
  double jitter = 0.2;  ///< 0 to 1: up to so much of it more or less, so that retries don't come all at once
};

/// The wait after failure number `failures` (1 and up). `random` is between 0 and 1.
CONVERT_API std::chrono::milliseconds backoff(const RetryPolicy& policy, int failures,
                                              double random) noexcept;

}  // namespace convert
