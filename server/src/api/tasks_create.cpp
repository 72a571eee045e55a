// SPDX-License-Identifier: MIT
#include "api/tasks_create.hpp"

#include <array>
#include <utility>

#include "api/authentication.hpp"
#include "api/errors.hpp"
#include "api/idempotency.hpp"
#include "api/known_formats.hpp"
#include "api/new_task.hpp"
#include "api/task.hpp"

namespace convert::server::api {
namespace {

std::string created(const Services& services, const Request& request, const Job& job) {
  const KnownFormats formats(services.engine);
  return message_and_task("The file has been uploaded.",
                          task_json(job, caller(request).name, formats.rows()));
}

Response answer(std::string body, const Job& job) {
  return json(200, std::move(body)).with("Location", task_address(job.id));
}

Async<Response> create(Services& services, Request& request) {
  auto making = new_task(services, request, {});
  auto made = co_await std::move(making);
  if (auto* refused = std::get_if<Response>(&made)) co_return std::move(*refused);
  const Job& job = std::get<Job>(made);
  co_return answer(created(services, request, job), job);
}

/// What is sent again for an answer that is known needs no place.
Async<void> drop_body(Request& request) {
  std::array<std::byte, std::size_t{16} << 10> block;
  for (;;) {
    const auto count = co_await request.body->read(block);
    if (!count || *count == 0) co_return;
  }
}

Async<Response> create_once(Services& services, Request& request, std::string key) {
  Once once(services, caller(request).account, std::move(key));
  auto begun = co_await once.begin();
  if (auto* known = std::get_if<Response>(&begun)) {
    if (known->status == 200) co_await drop_body(request);
    co_return std::move(*known);
  }
  auto making = new_task(services, request, std::move(std::get<std::string>(begun)));
  auto made = co_await std::move(making);
  if (auto* refused = std::get_if<Response>(&made)) co_return std::move(*refused);
  const Job& job = std::get<Job>(made);
  std::string body = created(services, request, job);
  auto finishing = once.finish(200, task_address(job.id), body);
  co_await std::move(finishing);
  co_return answer(std::move(body), job);
}

}  // namespace

Async<Response> create_task(Services& services, Request& request) {
  const auto key = request.field("Idempotency-Key");
  if (!key) co_return co_await create(services, request);
  if (!Once::is_key(*key)) {
    co_return bad_request("bad_idempotency_key",
                          "Idempotency-Key: 1 to 255 visible characters of ASCII, without spaces.");
  }
  auto creating = create_once(services, request, std::string(*key));
  co_return co_await std::move(creating);
}

}  // namespace convert::server::api
