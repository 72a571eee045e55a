// SPDX-License-Identifier: MIT
#include "api/tasks/task_access.hpp"

#include <limits>

#include "api/auth/authentication.hpp"
#include "http/message/field_values.hpp"
#include "http/connection/blocking_pool.hpp"

namespace convert::server::api {
namespace {

Error no_such_task() { return {Errc::not_found, "There is no such task.", false}; }

}  // namespace

std::optional<JobId> parse_task_id(const Request& request) {
  const std::string_view text = request.path_parameter("id").value_or("");
  if (text.starts_with('0')) return {};  // an id has one spelling
  const auto number = http::parse_digits(text);
  if (!number || *number > std::uint64_t{std::numeric_limits<JobId>::max()}) return {};
  return static_cast<JobId>(*number);
}

Async<Result<Job>> find_task(Services& services, Request& request) {
  const auto id = parse_task_id(request);
  if (!id) co_return no_such_task();
  const Identity& who = caller(request);
  if (who.only_task && *who.only_task != *id) co_return no_such_task();
  auto find = [&] { return services.engine.find(*id); };
  auto job = co_await services.pool.run(find);
  if (!job) co_return std::move(job).error();
  if (job->request.owner != who.account) co_return no_such_task();
  co_return job;
}

}  // namespace convert::server::api
