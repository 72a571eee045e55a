// SPDX-License-Identifier: MIT
#include "api/tasks/create_task.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

#include "api/support/problems.hpp"
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

}  // namespace

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

}  // namespace convert::server::api
