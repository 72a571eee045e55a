// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <convert/engine.hpp>
#include <convert/result.hpp>
#include <convert/server/http.hpp>

#include "api/support/problems.hpp"

namespace convert::server::api {

/// What was checked, and whether it works.
using ReadinessResults = std::vector<std::pair<std::string_view, bool>>;

/// The answer to /readyz.
struct Readiness {
  bool draining = false;  ///< the server is about to stop
  ReadinessResults checks{};
};

/// 200 if everything works; else 503 with the checks. Not cached.
Outcome<Response> readiness_response(const Readiness& readiness);

/// One part of a check.
struct ReadinessCheck {
  std::string_view name;                ///< outlives the checker
  std::function<Result<void>()> check;  ///< may block
};

/// Checks whether backends work, for load balancers that ask each second. Checks run one at a time, in a
/// thread of its own, so that a slow backend costs no thread that other requests need; requests that arrive
/// meanwhile share the result. Thread-safe.
class ReadinessChecker {
 public:
  using Log = std::function<void(LogLine::Level, std::string)>;

  /// A request waits this long. After it, it gets the last result if that is younger than `kMaxAge`: a
  /// backend that is slow for a moment must not take all hosts out of the load balancer. Else everything is
  /// failing.
  static constexpr std::chrono::milliseconds kPatience{1'000};
  static constexpr std::chrono::milliseconds kMaxAge{5'000};

  /// Logs a failure when it starts and when its reason changes, and when it ends.
  ReadinessChecker(std::vector<ReadinessCheck> checks, Log log);
  ~ReadinessChecker();  ///< waits for a running check
  ReadinessChecker(const ReadinessChecker&) = delete;
  ReadinessChecker& operator=(const ReadinessChecker&) = delete;

  Async<ReadinessResults> results();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace convert::server::api
