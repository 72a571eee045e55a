// SPDX-License-Identifier: MIT
#include <convert/server/health_server.hpp>

#include <atomic>
#include <utility>

#include "api/handlers.hpp"
#include "api/support/http_server_options.hpp"
#include "api/support/readiness.hpp"
#include "api/support/responses.hpp"
#include "http/connection/http_server.hpp"

namespace convert::server {
namespace {

/// What the handler uses. Outlives the connections.
struct HealthChecks {
  HealthChecks(std::function<Result<void>()> ready, api::ReadinessChecker::Log log)
      : readiness({{"conversions", std::move(ready)}}, std::move(log)) {}

  std::atomic<bool> draining = false;
  api::ReadinessChecker readiness;
};

Async<Response> answer_health_check(HealthChecks& checks) {
  auto results = co_await checks.readiness.results();
  auto outcome = api::readiness_response({checks.draining, std::move(results)});
  if (!outcome) co_return api::error_response(outcome.error());
  co_return *std::move(outcome);
}

}  // namespace

struct HealthServer::State {
  State(const asio::any_io_executor& executor, const ServerOptions& options,
        std::function<Result<void>()> ready)
      : checks(std::make_shared<HealthChecks>(std::move(ready),
                                              [write = options.log](LogLine::Level level, std::string text) {
                                                if (write) write({level, 0, std::move(text)});
                                              })),
        http_server(std::make_shared<http::HttpServer>(api::http_server_options(executor, options), checks)) {
    auto& router = http_server->router();
    router.constant("/healthz", api::liveness_response());
    router.on(Method::get, "/readyz",
              [known = checks.get()](Request&) { return answer_health_check(*known); });
  }
  std::shared_ptr<HealthChecks> checks;
  std::shared_ptr<http::HttpServer> http_server;
};

HealthServer::HealthServer(const asio::any_io_executor& executor, const ServerOptions& options,
                           std::function<Result<void>()> ready)
    : state_(std::make_shared<State>(executor, options, std::move(ready))) {}

HealthServer::~HealthServer() {
  state_->http_server->abort(std::chrono::steady_clock::now() + std::chrono::seconds(5));
}

Result<std::uint16_t> HealthServer::listen(std::string_view address, std::uint16_t port) {
  return state_->http_server->listen(address, port);
}

void HealthServer::start_draining() noexcept { state_->checks->draining = true; }

Async<void> HealthServer::stop(std::chrono::milliseconds grace) {
  const auto state = state_;  // keeps the state if the HealthServer is destroyed meanwhile
  co_await state->http_server->stop(grace);
}

}  // namespace convert::server
