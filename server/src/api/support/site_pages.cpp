// SPDX-License-Identifier: MIT
#include "api/support/site_pages.hpp"

#include <string>
#include <string_view>
#include <utility>

#include "http/connection/blocking_pool.hpp"
#include "base/json_writer.hpp"

namespace convert::server::api {
namespace {

struct ReadinessChecks {
  bool accounts = false;
  bool conversions = false;
};

ReadinessChecks run_readiness_checks(Services& services) {
  const auto nobody = services.accounts.find("");
  const auto ready = services.engine.ready();
  if (!ready)
    services.log(LogLine::Level::warning, "Not ready: " + std::string(to_string(ready.error().code)) + ".");
  return {nobody || nobody.error().code == Errc::not_found, ready.has_value()};
}

std::string_view check_status(bool good) { return good ? "ok" : "failing"; }

}  // namespace

Response liveness_response() { return server::json_response(200, R"({"status":"ok"})"); }

Async<Response> show_readiness(Services& services, Request&) {
  auto check = [&] { return run_readiness_checks(services); };
  const ReadinessChecks checks = co_await services.pool.run(check);
  const bool ready = checks.accounts && checks.conversions;
  base::JsonWriter writer;
  writer.begin_object();
  writer.key("status").text(ready ? "ready" : "not ready");
  writer.key("checks").begin_object();
  writer.key("accounts").text(check_status(checks.accounts));
  writer.key("conversions").text(check_status(checks.conversions));
  writer.end_object().end_object();
  co_return server::json_response(ready ? 200 : 503, std::move(writer).take())
      .with("Cache-Control", "no-store");
}

}  // namespace convert::server::api
