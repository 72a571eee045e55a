// SPDX-License-Identifier: MIT
#include "api/tasks/tasks_create.hpp"

#include <array>
#include <utility>

#include "api/auth/authentication.hpp"
#include "api/support/problems.hpp"
#include "api/tasks/create_task.hpp"
#include "api/convert/known_formats.hpp"
#include "api/tasks/submit_task.hpp"
#include "api/tasks/task_json.hpp"

namespace convert::server::api {
namespace {

std::string created_body(const Services& services, const Request& request, const Job& job) {
  const KnownFormats formats(services.engine);
  return message_and_task("The file has been uploaded.",
                          task_json(job, caller(request).name, formats.rows()));
}

Response created_response(std::string body, const Job& job) {
  return json_response(200, std::move(body)).with("Location", task_url(job.id));
}

Async<Response> create_without_key(Services& services, Request& request) {
  auto making = receive_task(services, request, {});
  auto made = co_await std::move(making);
  if (auto* refused = std::get_if<Response>(&made)) co_return std::move(*refused);
  const Job& job = std::get<Job>(made);
  co_return created_response(created_body(services, request, job), job);
}

/// What is sent again for an answer that is known needs no place.
Async<void> discard_body(Request& request) {
  std::array<std::byte, std::size_t{16} << 10> block;
  for (;;) {
    const auto count = co_await request.body->read(block);
    if (!count || *count == 0) co_return;
  }
}

Async<Response> create_idempotent(Services& services, Request& request, std::string key) {
  IdempotentRequest idempotent(services, caller(request).account, std::move(key));
  auto started = co_await idempotent.start();
  if (auto* known = std::get_if<Response>(&started)) {
    if (known->status == 200) co_await discard_body(request);
    co_return std::move(*known);
  }
  auto making = receive_task(services, request, std::move(std::get<std::string>(started)));
  auto made = co_await std::move(making);
  if (auto* refused = std::get_if<Response>(&made)) co_return std::move(*refused);
  const Job& job = std::get<Job>(made);
  std::string body = created_body(services, request, job);
  auto finishing = idempotent.finish(200, task_url(job.id), body);
  co_await std::move(finishing);
  co_return created_response(std::move(body), job);
}

}  // namespace

Async<Response> create_task(Services& services, Request& request) {
  const auto key = request.field("Idempotency-Key");
  if (!key) co_return co_await create_without_key(services, request);
  if (!IdempotentRequest::is_valid_key(*key)) {
    co_return bad_request("bad_idempotency_key",
                          "Idempotency-Key: 1 to 255 visible characters of ASCII, without spaces.");
  }
  auto creating = create_idempotent(services, request, std::string(*key));
  co_return co_await std::move(creating);
}

}  // namespace convert::server::api
