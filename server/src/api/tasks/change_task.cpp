// SPDX-License-Identifier: MIT
#include "api/handlers.hpp"

#include <numeric>
#include <utility>

#include "api/auth/authentication.hpp"
#include "api/convert/format_list.hpp"
#include "api/convert/parse_output_spec.hpp"
#include "api/support/problems.hpp"
#include "api/support/read_fields.hpp"
#include "api/support/responses.hpp"
#include "api/support/services.hpp"
#include "api/tasks/quota.hpp"
#include "api/tasks/task_access.hpp"
#include "api/tasks/task_json.hpp"
#include "base/try.hpp"
#include "http/connection/blocking_pool.hpp"

namespace convert::server::api {
namespace {

Response changed_task_response(Services& services, const Request& request, std::string_view message,
                               const Job& job) {
  services.tasks.list_cache.note_revision(job.request.owner, job.revision);
  const KnownFormats formats(services.engine);
  return json_response(200, message_and_task(message, task_json(job, caller(request).name, formats.rows())));
}

Problem inputs_expired() {
  return make_problem(409, "inputs_expired", "The files of this task have expired. Upload them again.");
}

std::uint64_t total_bytes(const std::vector<JobOutput>& outputs) {
  return std::accumulate(outputs.begin(), outputs.end(), std::uint64_t{0},
                         [](std::uint64_t sum, const JobOutput& output) { return sum + output.size; });
}

/// Whether `spec` is what the task is converted to, or has been converted to.
bool has_result(const Job& job, const OutputSpec& spec) {
  if (job.state == JobState::failed || job.state == JobState::cancelled || job.outputs_expired) return false;
  return job.request.spec == spec;
}

Problem already_ended() { return make_problem(409, "ended", "The task has ended already."); }

}  // namespace

Async<Outcome<Response>> replace_task(Services& services, Request& request) {
  CONVERT_CO_TRY_ASSIGN(const auto job, find_task(services, request));
  CONVERT_CO_TRY_ASSIGN(auto fields, read_fields(request, FieldContext::task));
  CONVERT_CO_CHECK_ASSIGN(auto spec, parse_output_spec(services.engine, fields));
  const std::size_t files = job.request.inputs.size();
  CONVERT_CO_CHECK(check_file_count(services.engine, spec, files));
  if (has_result(job, spec)) {
    co_return changed_task_response(services, request, "The task has this format and these options already.",
                                    job);
  }
  if (job.inputs_expired) co_return inputs_expired();

  CONVERT_CO_TRY_ASSIGN(auto principal, find_principal(services, caller(request)));
  QuotaReservation reservation(services, std::move(principal));
  // A task that has not ended is counted as active already.
  const TaskQuotaRequest quota_request{0, ended(job.state), total_bytes(job.outputs)};
  CONVERT_CO_TRY(reservation.reserve(quota_request));
  auto replace = [&services, &job, &spec] { return services.engine.replace(job.id, spec); };
  CONVERT_CO_TRY_ASSIGN(const auto now, services.pool.run(replace));
  co_await reservation.settle();
  co_return changed_task_response(services, request, "Task queued again.", now);
}

Async<Outcome<Response>> remove_task(Services& services, Request& request) {
  CONVERT_CO_TRY_ASSIGN(const auto job, find_task(services, request));
  auto remove = [&services, &job] { return services.engine.remove(job.id); };
  const auto removed = co_await services.pool.run(remove);
  services.tasks.list_cache.invalidate(job.request.owner);
  if (!removed) co_return removed.error();
  co_return message("Task deleted.");
}

Async<Outcome<Response>> cancel_task(Services& services, Request& request) {
  CONVERT_CO_TRY_ASSIGN(const auto job, find_task(services, request));
  if (ended(job.state)) co_return already_ended();
  auto cancel = [&services, &job] { return services.engine.cancel(job.id); };
  const auto now = co_await services.pool.run(cancel);
  if (now) co_return changed_task_response(services, request, "Task cancelled.", *now);
  if (now.error().code != Errc::conflict) co_return now.error();
  co_return already_ended();
}

}  // namespace convert::server::api
