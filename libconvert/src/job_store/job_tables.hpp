// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <optional>

#include <convert/job.hpp>
#include <convert/life_cycle.hpp>

#include "job_store/job_record.hpp"
#include "job_store/sqlite.hpp"

/// What happens to a job, in all tables at once. Inside a transaction of the caller, who looks at the
/// session's failure afterwards; where an Error is returned, he rolls back too.
namespace convert::job_store {

std::optional<Record> find_record(Session& session, JobId id);
Error no_such_job(JobId id);

/// A new job, its blobs and its line of the log. Errors: `invalid_argument`, `conflict`.
Result<Job> insert_job(Session& session, const JobRequest& request, Time now);

/// Stores what `next` made of `before`, and gives it its revision. A job that becomes running gets a lease
/// of that length. Errors: `conflict` (an output's blob is another job's).
Result<void> store_transition(Session& session, const Record& before, Transition& transition, Time now,
                              std::chrono::milliseconds lease);

/// An event by its name, through `next`. Errors: `not_found`, and those of `next`.
Result<Transition> apply_event(Session& session, JobId id, const Event& event, Time now);

/// Errors: `not_found`.
Result<Job> remove_job(Session& session, JobId id, Time now);

}  // namespace convert::job_store
