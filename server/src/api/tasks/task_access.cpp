// SPDX-License-Identifier: MIT
#include "api/tasks/task_access.hpp"

#include <chrono>
#include <limits>
#include <string>
#include <utility>

#include "api/auth/account.hpp"
#include "api/auth/authentication.hpp"
#include "api/handlers.hpp"
#include "api/support/problems.hpp"
#include "api/support/responses.hpp"
#include "api/tasks/task_json.hpp"
#include "base/json_writer.hpp"
#include "base/try.hpp"
#include "http/connection/blocking_pool.hpp"
#include "http/message/field_values.hpp"
#include "security/key_ring.hpp"
#include "security/signed_link.hpp"

namespace convert::server::api {
namespace {

Error no_such_task() { return {Errc::not_found, "Task not found.", false}; }

std::string links_json(const Job& job, Time expires, std::string_view link) {
  const std::string task = task_url(job.id);
  const auto signed_address = [&](std::string address) { return address.append("?link=").append(link); };
  base::JsonWriter json;
  json.begin_object();
  json.key("expires").text(timestamp(expires));
  json.key("links").begin_object();
  json.key("task").text(signed_address(task));
  json.key("events").text(signed_address(task + "/events"));
  json.key("input").text(signed_address(task + "/input"));
  json.key("output").text(signed_address(task + "/output"));
  json.key("outputs").begin_array();
  for (const JobOutput& output : job.outputs) json.text(signed_address(output_url(job.id, output.name)));
  json.end_array();
  json.end_object();
  json.end_object();
  return std::move(json).take();
}

}  // namespace

std::optional<JobId> parse_task_id(const Request& request) {
  const std::string_view text = request.path_parameter("id").value_or("");
  if (text.starts_with('0')) return {};  // each id has exactly one spelling
  const auto number = http::parse_digits(text);
  if (!number || *number > std::uint64_t{std::numeric_limits<JobId>::max()}) return {};
  return static_cast<JobId>(*number);
}

Async<Outcome<Job>> find_task(Services& services, Request& request) {
  const auto id = parse_task_id(request);
  if (!id) co_return no_such_task();
  const Identity& who = caller(request);
  if (who.only_task && *who.only_task != *id) co_return no_such_task();
  auto find = [&] { return services.engine.find(*id); };
  CONVERT_CO_TRY_ASSIGN(auto job, services.pool.run(find));
  if (job.request.owner != who.account) co_return no_such_task();
  co_return job;
}

Async<Outcome<Response>> create_links(Services& services, Request& request) {
  CONVERT_CO_TRY_ASSIGN(const auto job, find_task(services, request));
  const Identity& who = caller(request);
  std::uint32_t epoch = 0;
  if (!services.options.authenticate) {
    CONVERT_CO_TRY_ASSIGN(const auto account, find_account(services, who.account));
    epoch = account.epoch;
  }
  const Time now = services.now();
  // Links are signed in whole seconds, so report whole seconds.
  const Time expires = std::chrono::ceil<std::chrono::seconds>(now + services.options.link_ttl);
  const security::LinkSubject subject{job.id, who.account, epoch};
  const auto ring = services.secrets.ring();
  co_return secret_json(links_json(job, expires, security::make_link(subject, expires, *ring, now)));
}

}  // namespace convert::server::api
