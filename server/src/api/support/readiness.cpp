// SPDX-License-Identifier: MIT
#include "api/support/readiness.hpp"

#include <algorithm>

#include "api/handlers.hpp"
#include "api/support/services.hpp"
#include "base/json_writer.hpp"
#include "http/connection/blocking_pool.hpp"

namespace convert::server::api {
namespace {

/// Blocks.
Readiness check_services(const Services& services) {
  const auto account = services.accounts.find("");  // not_found proves that the store is reachable
  const auto ready =
      services.options.jobs_run_elsewhere ? services.engine.backends_ready() : services.engine.ready();
  if (!ready)
    services.log(LogLine::Level::warning, "Not ready: " + std::string(to_string(ready.error().code)) + ".");
  return {
      services.draining,
      {{"accounts", account || account.error().code == Errc::not_found}, {"conversions", ready.has_value()}}};
}

}  // namespace

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
  auto check = [&] { return check_services(services); };
  const Readiness readiness = co_await services.pool.run(check);
  co_return readiness_response(readiness);
}

}  // namespace convert::server::api
