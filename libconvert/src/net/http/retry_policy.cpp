// SPDX-License-Identifier: MIT
#include "net/http/retry_policy.hpp"

#include <algorithm>
#include <charconv>
#include <condition_variable>
#include <mutex>
#include <random>

#include "net/http/server_clock.hpp"

namespace convert::net {
namespace {

using std::chrono::milliseconds;

double random_jitter() {
  thread_local std::mt19937 generator{std::random_device{}()};
  return std::uniform_real_distribution<double>(0, 1)(generator);
}

}  // namespace

bool is_transient_status(int status) {
  return status == 408 || status == 429 || status == 500 || (status >= 502 && status <= 504);
}

std::optional<milliseconds> retry_delay(const RetryPolicy& policy, int attempt, milliseconds elapsed,
                                        std::optional<milliseconds> after) {
  if (attempt >= policy.max_attempts) return {};
  const int doublings = std::clamp(attempt - 1, 0, 20);
  const milliseconds cap = std::min(policy.max_delay, policy.base_delay * (1 << doublings));
  const double fraction = policy.random ? policy.random() : random_jitter();
  milliseconds delay(static_cast<milliseconds::rep>(static_cast<double>(cap.count()) * fraction));
  // Jitter is added to the server's time too: all clients that it refused would come back at one moment.
  if (after) delay += *after;
  if (elapsed + delay > policy.max_elapsed) return {};
  return delay;
}

std::optional<milliseconds> retry_after(const HttpHeaders& headers) {
  const auto value = headers.find("Retry-After");
  if (!value || value->empty()) return {};
  std::int64_t count = 0;
  const auto [end, failure] = std::from_chars(value->data(), value->data() + value->size(), count);
  if (end == value->data() + value->size() && count >= 0 &&
      (failure == std::errc() || failure == std::errc::result_out_of_range)) {
    constexpr std::int64_t kDay = 24 * 60 * 60;
    return std::chrono::seconds(failure == std::errc() ? std::min(count, kDay) : kDay);
  }
  const auto until = parse_http_date(*value);
  if (!until) return {};
  const auto now = parse_http_date(headers.find("Date").value_or(""))
                       .value_or(std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now()));
  return std::clamp<milliseconds>(*until - now, milliseconds(0), std::chrono::hours(24));
}

Result<void> wait_for(milliseconds time, const std::stop_token& stop) {
  std::mutex mutex;
  std::condition_variable_any stopped;
  std::unique_lock lock(mutex);
  stopped.wait_for(lock, stop, time, [] { return false; });
  if (stop.stop_requested()) return Error{Errc::cancelled, "The request was cancelled."};
  return {};
}

}  // namespace convert::net
