// SPDX-License-Identifier: MIT
#include "api/health.hpp"

#include <string>
#include <string_view>
#include <utility>

#include "http/pool.hpp"
#include "json/writer.hpp"

namespace convert::server::api {
namespace {

struct Checks {
  bool accounts = false;
  bool conversions = false;
};

Checks checked(Services& services) {
  const auto nobody = services.accounts.find("");
  const auto ready = services.engine.ready();
  if (!ready)
    services.log(LogLine::Level::warning, "Not ready: " + std::string(to_string(ready.error().code)) + ".");
  return {nobody || nobody.error().code == Errc::not_found, ready.has_value()};
}

std::string_view word(bool good) { return good ? "ok" : "failing"; }

}  // namespace

Response alive() { return server::json(200, R"({"status":"ok"})"); }

Async<Response> show_readiness(Services& services, Request&) {
  auto check = [&] { return checked(services); };
  const Checks checks = co_await services.pool.run(check);
  const bool ready = checks.accounts && checks.conversions;
  json::JsonWriter writer;
  writer.begin_object();
  writer.key("status").text(ready ? "ready" : "not ready");
  writer.key("checks").begin_object();
  writer.key("accounts").text(word(checks.accounts));
  writer.key("conversions").text(word(checks.conversions));
  writer.end_object().end_object();
  co_return server::json(ready ? 200 : 503, std::move(writer).take()).with("Cache-Control", "no-store");
}

}  // namespace convert::server::api
