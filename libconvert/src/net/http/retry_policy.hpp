// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <functional>
#include <optional>
#include <stop_token>

#include <convert/result.hpp>

#include "net/http/http_message.hpp"

namespace convert::net {

/// When and how often a request is repeated. The wait before attempt n + 1 is a random time between 0 and
/// min(max_delay, base_delay * 2^(n-1)): "full jitter", as in "Exponential Backoff And Jitter" (AWS
/// Architecture Blog, 2015). The time of a Retry-After header is
/// added to it.
struct RetryPolicy {
  int max_attempts = 5;  ///< 1: never repeated
  std::chrono::milliseconds base_delay{100};
  std::chrono::milliseconds max_delay{10'000};
  /// No attempt starts after this time since the first. A Retry-After beyond it ends the call at once.
  std::chrono::milliseconds max_elapsed{60'000};
  /// Whether to repeat after this response. Empty: `is_transient_status`. The body is there for `perform`,
  /// and empty for `open`.
  std::function<bool(const HttpResponse& response)> retry_response{};
  /// Random numbers from 0 to 1. Empty: a generator of the thread. For tests.
  std::function<double()> random{};
};

/// 408, 429, 500, 502, 503, 504.
bool is_transient_status(int status);

/// The wait before the attempt after `attempt` (1 for the first); nothing if there is none.
std::optional<std::chrono::milliseconds> retry_delay(const RetryPolicy& policy, int attempt,
                                                     std::chrono::milliseconds elapsed,
                                                     std::optional<std::chrono::milliseconds> retry_after);

/// The Retry-After header: seconds, or a date less the response's own Date. Nothing if it is missing or
/// invalid.
std::optional<std::chrono::milliseconds> retry_after(const HttpHeaders& headers);

/// Waits. Errors: `cancelled`, at once, on a stop request.
Result<void> wait_for(std::chrono::milliseconds time, const std::stop_token& stop);

}  // namespace convert::net
