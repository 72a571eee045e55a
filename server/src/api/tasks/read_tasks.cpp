// SPDX-License-Identifier: MIT
#include "api/handlers.hpp"

#include <fmt/format.h>
#include <algorithm>
#include <chrono>
#include <utility>

#include "api/auth/authentication.hpp"
#include "api/convert/format_list.hpp"
#include "api/support/problems.hpp"
#include "api/support/read_fields.hpp"
#include "api/support/services.hpp"
#include "api/tasks/task_access.hpp"
#include "api/tasks/task_json.hpp"
#include "api/tasks/task_list.hpp"
#include "base/try.hpp"
#include "http/connection/blocking_pool.hpp"

namespace convert::server::api {
namespace {

/// Progress of running tasks does not invalidate the cache, so that their lists expire soon.
constexpr std::chrono::seconds kRunningListTtl{1};

using ListResult = Outcome<std::shared_ptr<const RenderedList>>;

Response list_response(const RenderedList& list) {
  Response response;
  response.body = list.body;
  response.with("Content-Type", "application/json").with("Cache-Control", "private, no-cache");
  if (!list.next.empty()) response.with("Link", fmt::format("<{}>; rel=\"next\"", list.next));
  return response;
}

/// Blocks.
ListResult render(Services& services, const Identity& who, const TaskQuery& query,
                  const std::string& cache_key) {
  TaskListCache& lists = services.tasks.list_cache;
  const auto version = lists.version(who.account);
  CONVERT_TRY_ASSIGN(const auto jobs, services.engine.list(query.filter(who.account)));
  const KnownFormats formats(services.engine);
  RenderedList list{std::make_shared<const std::string>(tasks_json(jobs, who.name, formats.rows()))};
  if (jobs.size() == query.max) list.next = query.next_page_url(jobs.back().id);
  const bool runs =
      std::any_of(jobs.begin(), jobs.end(), [](const Job& job) { return job.state == JobState::running; });
  const auto life =
      runs ? TaskListCache::Clock::duration(kRunningListTtl) : TaskListCache::Clock::duration::max();
  if (formats && services.options.cache_task_lists) lists.store(who.account, cache_key, version, list, life);
  return std::make_shared<const RenderedList>(std::move(list));
}

Outcome<TaskQuery> parse_list_query(const Request& request) {
  CONVERT_TRY_ASSIGN(auto fields, query_fields(request, FieldContext::list));
  return parse_task_query([&](std::string_view name) -> std::optional<std::string> {
    const auto value = fields.find(name);
    if (!value) return {};
    return std::string(*value);
  });
}

}  // namespace

Async<Outcome<Response>> list_tasks(Services& services, Request& request) {
  const Identity& who = caller(request);
  CONVERT_CO_CHECK_ASSIGN(const auto query, parse_list_query(request));
  // The rendered list contains the owner's name.
  const std::string cache_key = query.cache_key() + "|" + who.name;
  if (const auto known = services.tasks.list_cache.find(who.account, cache_key))
    co_return list_response(*known);
  auto read = [&services, &who, &query, &cache_key] { return render(services, who, query, cache_key); };
  CONVERT_CO_TRY_ASSIGN(const auto list, services.pool.run(read));
  co_return list_response(*list);
}

Async<Outcome<Response>> get_task(Services& services, Request& request) {
  CONVERT_CO_TRY_ASSIGN(const auto job, find_task(services, request));
  services.tasks.list_cache.note_revision(job.request.owner, job.revision);
  const KnownFormats formats(services.engine);
  // Progress changes without a new revision, so a running task gets no ETag.
  const bool runs = job.state == JobState::running;
  Response response = json_response(200, task_json(job, caller(request).name, formats.rows()));
  response.with("Cache-Control", "private, no-cache");
  if (!runs) response.with("ETag", fmt::format("\"r{}\"", job.revision));
  co_return response;
}

}  // namespace convert::server::api
