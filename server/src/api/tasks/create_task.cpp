// SPDX-License-Identifier: MIT
#include "api/handlers.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <utility>

#include "api/auth/authentication.hpp"
#include "api/convert/format_list.hpp"
#include "api/support/problems.hpp"
#include "api/tasks/submit_task.hpp"
#include "api/tasks/task_json.hpp"
#include "http/connection/blocking_pool.hpp"

namespace convert::server::api {
namespace {

constexpr std::chrono::hours kKeyTtl{24};
constexpr std::chrono::seconds kRunningTimeout{60};  // after that, whoever began is held to be dead
constexpr std::size_t kMaxKeyBytes = 255;

/// As it is stored: the location, a line end, the body.
std::string stored_answer(std::string_view location, std::string_view body) {
  std::string text(location);
  text += '\n';
  text += body;
  return text;
}

Response replayed_response(const IdempotencyRecord& known) {
  const std::string_view text = known.answer;
  const auto line = std::min(text.find('\n'), text.size());
  Response answer = json_response(known.status, std::string(text.substr(std::min(line + 1, text.size()))));
  answer.with("Location", text.substr(0, line)).with("Idempotency-Replayed", "true");
  return answer;
}

Response in_progress_response() {
  return error_response(409, "in_progress",
                        "A request with this Idempotency-Key is being worked on. Wait for it.",
                        std::chrono::seconds(1));
}

/// Makes the work of a request under an Idempotency-Key (RFC draft-ietf-httpapi-idempotency-key-header): done
/// once, then answered as the first time. Lives within one coroutine; destroyed before `finish`, it lets the
/// next request with that key do the work.
class IdempotentRequest {
 public:
  IdempotentRequest(Services& services, std::string account, std::string key)
      : services_(services), account_(std::move(account)), key_(std::move(key)) {}
  IdempotentRequest(const IdempotentRequest&) = delete;
  IdempotentRequest& operator=(const IdempotentRequest&) = delete;
  ~IdempotentRequest();

  /// 1 to 255 visible characters of ASCII.
  static bool is_valid_key(std::string_view text) noexcept;

  /// What stands for this work among the caller's jobs, the same in each try; or the answer that was given,
  /// or a refusal.
  Async<std::variant<std::string, Response>> start();
  /// The work is done: the location of what was made, and the answer.
  Async<void> finish(unsigned status, std::string location, std::string body);

 private:
  Services& services_;
  const std::string account_;
  const std::string key_;
  bool owned_ = false;
};

bool IdempotentRequest::is_valid_key(std::string_view text) noexcept {
  const auto visible = [](char c) { return c > ' ' && c < '\x7f'; };
  return !text.empty() && text.size() <= kMaxKeyBytes && std::all_of(text.begin(), text.end(), visible);
}

IdempotentRequest::~IdempotentRequest() {
  if (!owned_) return;
  services_.pool.post([&services = services_, account = account_, key = key_] {
    const auto forgotten = services.accounts.abandon_request(account, key);
    if (!forgotten) {
      services.log(LogLine::Level::warning, "forgetting an Idempotency-Key: " + forgotten.error().message);
    }
  });
}

Async<std::variant<std::string, Response>> IdempotentRequest::start() {
  auto begin = [this] {
    return services_.accounts.begin_request(account_, key_, services_.now(), kKeyTtl, kRunningTimeout);
  };
  auto known = co_await services_.pool.run(std::move(begin));
  if (!known) co_return error_response(known.error());
  if (known->state == IdempotencyRecord::State::done) co_return replayed_response(*known);
  if (known->state == IdempotencyRecord::State::running) co_return in_progress_response();
  owned_ = true;
  co_return std::move(known->unique_key);
}

Async<void> IdempotentRequest::finish(unsigned status, std::string location, std::string body) {
  auto finish = [this, status, text = stored_answer(location, body)] {
    return services_.accounts.complete_request(account_, key_, status, text);
  };
  const auto finished = co_await services_.pool.run(std::move(finish));
  // Not forgotten: the next try finds the job by its unique key.
  owned_ = false;
  if (!finished) {
    services_.log(LogLine::Level::warning,
                  "noting what an Idempotency-Key has done: " + finished.error().message);
  }
}

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
