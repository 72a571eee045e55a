// SPDX-License-Identifier: MIT
#pragma once

#include <convert/engine.hpp>
#include <convert/job.hpp>

#include "api/support/problems.hpp"
#include "api/support/request_fields.hpp"
#include "api/support/services.hpp"
#include "api/tasks/task_form.hpp"
#include "api/tasks/upload_receiver.hpp"

namespace convert::server::api {

/// The job that a form describes, without an owner. The first input is renamed by the field `filename`.
Outcome<JobRequest> make_job_request(const Engine& engine, const Fields& fields, RequestedSpec& requested,
                                     PendingInputs& inputs);

/// Submits the job. If another one of the owner has the same `unique_key`, that one. Fails if the owner's
/// account is being deleted. Blocks.
Outcome<Job> submit_job(Services& services, const JobRequest& request);

}  // namespace convert::server::api
