// SPDX-License-Identifier: MIT
#include "api/tasks_change.hpp"

#include <numeric>
#include <utility>

#include "api/answers.hpp"
#include "api/authentication.hpp"
#include "api/body_fields.hpp"
#include "api/errors.hpp"
#include "api/known_formats.hpp"
#include "api/room.hpp"
#include "api/task.hpp"
#include "api/task_access.hpp"
#include "api/task_services.hpp"
#include "api/wanted.hpp"
#include "http/pool.hpp"

namespace convert::server::api {
namespace {

Response changed(Services& services, const Request& request, std::string_view message, const Job& job) {
  services.tasks.lists.seen(job.request.owner, job.revision);
  const KnownFormats formats(services.engine);
  return json(200, message_and_task(message, task_json(job, caller(request).name, formats.rows())));
}

Response inputs_expired() {
  return refusal(409, "inputs_expired", "The files of this task are kept no longer. Upload them again.");
}

std::uint64_t bytes_of(const std::vector<JobOutput>& outputs) {
  return std::accumulate(outputs.begin(), outputs.end(), std::uint64_t{0},
                         [](std::uint64_t sum, const JobOutput& output) { return sum + output.size; });
}

Response has_ended() { return refusal(409, "ended", "The task has ended already."); }

}  // namespace

Async<Response> replace_task(Services& services, Request& request) {
  const auto job = co_await task_of(services, request);
  if (!job) co_return refusal(job.error());
  auto fields = co_await read_fields(request, About::task);
  if (!fields) co_return refusal(body_failure_of(fields.error()));
  auto spec = wanted(services.engine, *fields);
  if (auto* refused = std::get_if<Response>(&spec)) co_return std::move(*refused);
  const std::size_t files = job->request.inputs.size();
  auto several = refuse_several(services.engine, std::get<OutputSpec>(spec), files);
  if (several) co_return std::move(*several);
  if (job->inputs_expired) co_return inputs_expired();

  auto asker = co_await asker_of(services, caller(request));
  if (!asker) co_return refusal(asker.error());
  Room room(services, std::move(*asker));
  // One that has not ended is among those at once already.
  const Need need{0, ended(job->state), bytes_of(job->outputs)};
  auto no_room = co_await room.reserve(need);
  if (no_room) co_return refusal(*no_room);
  auto replace = [&services, &job, &spec] {
    return services.engine.replace(job->id, std::get<OutputSpec>(spec));
  };
  const auto now = co_await services.pool.run(replace);
  if (!now) co_return refusal(now.error());
  co_await room.settle();
  co_return changed(services, request, "The task is processed again.", *now);
}

Async<Response> remove_task(Services& services, Request& request) {
  const auto job = co_await task_of(services, request);
  if (!job) co_return refusal(job.error());
  auto remove = [&services, &job] { return services.engine.remove(job->id); };
  const auto removed = co_await services.pool.run(remove);
  services.tasks.lists.changed(job->request.owner);
  if (!removed) co_return refusal(removed.error());
  co_return no_content();
}

Async<Response> cancel_task(Services& services, Request& request) {
  const auto job = co_await task_of(services, request);
  if (!job) co_return refusal(job.error());
  if (ended(job->state)) co_return has_ended();
  auto cancel = [&services, &job] { return services.engine.cancel(job->id); };
  const auto now = co_await services.pool.run(cancel);
  if (now) co_return changed(services, request, "The task has been cancelled.", *now);
  if (now.error().code != Errc::conflict) co_return refusal(now.error());
  co_return has_ended();
}

}  // namespace convert::server::api
