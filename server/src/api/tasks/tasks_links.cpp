// SPDX-License-Identifier: MIT
#include "api/tasks/tasks_links.hpp"

#include <chrono>
#include <string>
#include <utility>

#include "security/signed_link.hpp"
#include "security/key_ring.hpp"
#include "api/auth/account.hpp"
#include "api/support/responses.hpp"
#include "api/auth/authentication.hpp"
#include "api/support/problems.hpp"
#include "api/tasks/task_json.hpp"
#include "api/tasks/task_access.hpp"
#include "base/json_writer.hpp"

namespace convert::server::api {
namespace {

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

Async<Response> create_links(Services& services, Request& request) {
  const auto job = co_await find_task(services, request);
  if (!job) co_return error_response(job.error());
  const Identity& who = caller(request);
  std::uint32_t epoch = 0;
  if (!services.options.authenticate) {
    auto asking = find_account(services, who.account);
    const auto account = co_await std::move(asking);
    if (!account) co_return error_response(account.error());
    epoch = account->epoch;
  }
  const Time now = services.now();
  // As it is signed, in whole seconds: what is said is when it ends.
  const Time expires = std::chrono::ceil<std::chrono::seconds>(now + services.options.link_ttl);
  const security::LinkSubject subject{job->id, who.account, epoch};
  const auto ring = services.secrets.ring();
  co_return secret_json(links_json(*job, expires, security::make_link(subject, expires, *ring, now)));
}

}  // namespace convert::server::api
