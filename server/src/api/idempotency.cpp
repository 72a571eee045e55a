// SPDX-License-Identifier: MIT
#include "api/idempotency.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

#include "api/errors.hpp"
#include "http/pool.hpp"

namespace convert::server::api {
namespace {

constexpr std::chrono::hours kValid{24};
constexpr std::chrono::seconds kPatience{60};  // after that, whoever began is held to be dead
constexpr std::size_t kLongestKey = 255;

/// As it is stored: the location, a line end, the body.
std::string stored(std::string_view location, std::string_view body) {
  std::string text(location);
  text += '\n';
  text += body;
  return text;
}

Response again(const KnownRequest& known) {
  const std::string_view text = known.answer;
  const auto line = std::min(text.find('\n'), text.size());
  Response answer = json(known.status, std::string(text.substr(std::min(line + 1, text.size()))));
  answer.with("Location", text.substr(0, line)).with("Idempotency-Replayed", "true");
  return answer;
}

Response in_progress() {
  return refusal(409, "in_progress", "A request with this Idempotency-Key is being worked on. Wait for it.",
                 std::chrono::seconds(1));
}

}  // namespace

bool Once::is_key(std::string_view text) noexcept {
  const auto visible = [](char c) { return c > ' ' && c < '\x7f'; };
  return !text.empty() && text.size() <= kLongestKey && std::all_of(text.begin(), text.end(), visible);
}

Once::~Once() {
  if (!ours_) return;
  services_.pool.post([&services = services_, account = account_, key = key_] {
    const auto forgotten = services.accounts.forget_request(account, key);
    if (!forgotten) {
      services.log(LogLine::Level::warning, "forgetting an Idempotency-Key: " + forgotten.error().message);
    }
  });
}

Async<std::variant<std::string, Response>> Once::begin() {
  auto begin = [this] {
    return services_.accounts.begin_request(account_, key_, services_.now(), kValid, kPatience);
  };
  auto known = co_await services_.pool.run(std::move(begin));
  if (!known) co_return refusal(known.error());
  if (known->state == KnownRequest::State::done) co_return again(*known);
  if (known->state == KnownRequest::State::running) co_return in_progress();
  ours_ = true;
  co_return std::move(known->unique_key);
}

Async<void> Once::finish(unsigned status, std::string location, std::string body) {
  auto finish = [this, status, text = stored(location, body)] {
    return services_.accounts.finish_request(account_, key_, status, text);
  };
  const auto finished = co_await services_.pool.run(std::move(finish));
  // Not forgotten: the next try finds the job by its unique key.
  ours_ = false;
  if (!finished) {
    services_.log(LogLine::Level::warning,
                  "noting what an Idempotency-Key has done: " + finished.error().message);
  }
}

}  // namespace convert::server::api
