// SPDX-License-Identifier: MIT
#include "api/support/readiness.hpp"

#include <fmt/format.h>
#include <boost/asio/post.hpp>
#include <boost/asio/this_coro.hpp>

#include <algorithm>
#include <exception>
#include <mutex>
#include <optional>

#include "api/handlers.hpp"
#include "api/support/services.hpp"
#include "base/json_writer.hpp"
#include "http/connection/async_event.hpp"
#include "http/connection/blocking_pool.hpp"

namespace convert::server::api {
namespace {

using ReadinessTime = std::chrono::steady_clock::time_point;

/// A request that waits for the end of a check, on the executor of its connection.
struct ReadinessWaiter {
  explicit ReadinessWaiter(const asio::any_io_executor& where) : executor(where), done(where) {}

  const asio::any_io_executor executor;
  http::AsyncEvent done;
};

/// An embedder's backend may throw.
Result<void> run_readiness_check(const std::function<Result<void>()>& check) {
  try {
    return check();
  } catch (const std::exception& thrown) {
    return Error{Errc::internal, thrown.what(), true};
  }
}

}  // namespace

struct ReadinessChecker::State {
  State(std::vector<ReadinessCheck> all, Log write) : checks(std::move(all)), log(std::move(write)) {}

  void add(const std::shared_ptr<ReadinessWaiter>& waiter);
  void remove(const std::shared_ptr<ReadinessWaiter>& waiter);
  void run();
  void report(const std::string& failure);
  ReadinessResults latest();

  const std::vector<ReadinessCheck> checks;
  const Log log;
  std::string reported;  ///< the failure that was logged last; used by the thread only
  std::mutex mutex;
  bool running = false;                                   ///< guarded by `mutex`, as all below
  std::vector<std::shared_ptr<ReadinessWaiter>> waiters;  ///< their executors exist while they are here
  ReadinessResults results;
  std::optional<ReadinessTime> time;  ///< when `results` were complete
  http::BlockingPool thread{1};       // last: its work uses the members above
};

/// Starts a check unless one runs.
void ReadinessChecker::State::add(const std::shared_ptr<ReadinessWaiter>& waiter) {
  const std::lock_guard lock(mutex);
  waiters.push_back(waiter);
  if (std::exchange(running, true)) return;
  thread.post([this] { run(); });
}

void ReadinessChecker::State::remove(const std::shared_ptr<ReadinessWaiter>& waiter) {
  const std::lock_guard lock(mutex);
  std::erase(waiters, waiter);
}

void ReadinessChecker::State::run() {
  ReadinessResults found;
  std::string failure;
  for (const auto& [name, check] : checks) {
    const auto result = run_readiness_check(check);
    found.emplace_back(name, result.has_value());
    if (!result && failure.empty()) failure = fmt::format("{}: {}", name, result.error().message);
  }
  report(failure);
  const std::lock_guard lock(mutex);
  results = std::move(found);
  time = std::chrono::steady_clock::now();
  running = false;
  for (const auto& waiter : std::exchange(waiters, {})) {
    asio::post(waiter->executor, [waiter] { waiter->done.set(); });
  }
}

void ReadinessChecker::State::report(const std::string& failure) {
  if (failure == reported) return;
  reported = failure;
  if (failure.empty()) {
    log(LogLine::Level::info, "Ready again.");
  } else {
    log(LogLine::Level::warning, "Not ready: " + failure);
  }
}

ReadinessResults ReadinessChecker::State::latest() {
  const std::lock_guard lock(mutex);
  if (time && std::chrono::steady_clock::now() - *time <= kMaxAge) return results;
  ReadinessResults unknown;
  for (const auto& check : checks) unknown.emplace_back(check.name, false);
  return unknown;
}

ReadinessChecker::ReadinessChecker(std::vector<ReadinessCheck> checks, Log log)
    : state_(std::make_unique<State>(std::move(checks), std::move(log))) {}

ReadinessChecker::~ReadinessChecker() = default;

Async<ReadinessResults> ReadinessChecker::results() {
  /// Also removes the waiter of a coroutine that is destroyed while it waits.
  struct Registration {
    Registration(State& where, std::shared_ptr<ReadinessWaiter> who) : state(where), waiter(std::move(who)) {
      state.add(waiter);
    }
    Registration(const Registration&) = delete;
    Registration& operator=(const Registration&) = delete;
    ~Registration() { state.remove(waiter); }
    State& state;
    const std::shared_ptr<ReadinessWaiter> waiter;
  };
  const asio::any_io_executor executor = co_await asio::this_coro::executor;
  const Registration registration(*state_, std::make_shared<ReadinessWaiter>(executor));
  co_await registration.waiter->done.wait(std::chrono::steady_clock::now() + kPatience);
  co_return state_->latest();
}

Outcome<Response> readiness_response(const Readiness& readiness) {
  base::JsonWriter writer;
  writer.begin_object();
  for (const auto& [name, works] : readiness.checks) writer.key(name).text(works ? "ok" : "failing");
  writer.end_object();
  std::string members = "\"checks\":" + std::move(writer).take();
  const bool works = std::all_of(readiness.checks.begin(), readiness.checks.end(),
                                 [](const auto& check) { return check.second; });
  if (works && !readiness.draining) {
    return server::json_response(200, R"({"status":"ready",)" + members + "}")
        .with("Cache-Control", "no-store");
  }
  Problem problem =
      readiness.draining
          ? make_problem(503, "draining", "The server is about to stop. Use another host.")
          : make_problem(503, "not_ready", "The server is not ready: see `checks`. Try again soon.");
  problem.members = std::move(members);
  return std::move(problem).with("Cache-Control", "no-store");
}

Response liveness_response() { return server::json_response(200, R"({"status":"ok"})"); }

Async<Outcome<Response>> show_readiness(Services& services, Request&) {
  auto results = co_await services.readiness.results();
  co_return readiness_response({services.draining, std::move(results)});
}

}  // namespace convert::server::api
