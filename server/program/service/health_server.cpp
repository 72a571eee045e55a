// SPDX-License-Identifier: MIT
#include "service/health_server.hpp"

#include <atomic>
#include <utility>

#include "api/handlers.hpp"
#include "api/support/http_server_options.hpp"
#include "api/support/readiness.hpp"
#include "api/support/responses.hpp"
#include "http/connection/blocking_pool.hpp"
#include "http/connection/http_server.hpp"

namespace convertd {
namespace {

namespace api = convert::server::api;
namespace http = convert::server::http;
using convert::server::Async;
using convert::server::Request;
using convert::server::Response;

/// What the handler uses. Outlives the connections.
struct HealthChecks {
  explicit HealthChecks(std::function<convert::Result<void>()> check) : ready(std::move(check)) {}

  const std::function<convert::Result<void>()> ready;
  std::atomic<bool> draining = false;
  http::BlockingPool pool{1};
};

Async<Response> answer_readiness(HealthChecks& checks) {
  auto check = [&checks] { return checks.ready().has_value(); };
  const bool works = co_await checks.pool.run(check);
  auto outcome = api::readiness_response({checks.draining, {{"conversions", works}}});
  if (!outcome) co_return api::error_response(outcome.error());
  co_return *std::move(outcome);
}

}  // namespace

struct HealthServer::State {
  State(const boost::asio::any_io_executor& executor, const convert::server::ServerOptions& options,
        std::function<convert::Result<void>()> ready)
      : checks(std::make_shared<HealthChecks>(std::move(ready))),
        http_server(std::make_shared<http::HttpServer>(api::http_server_options(executor, options), checks)) {
    auto& router = http_server->router();
    router.constant("/healthz", api::liveness_response());
    router.on(convert::server::Method::get, "/readyz",
              [known = checks.get()](Request&) { return answer_readiness(*known); });
  }
  std::shared_ptr<HealthChecks> checks;
  std::shared_ptr<http::HttpServer> http_server;
};

HealthServer::HealthServer(const boost::asio::any_io_executor& executor,
                           const convert::server::ServerOptions& options,
                           std::function<convert::Result<void>()> ready)
    : state_(std::make_shared<State>(executor, options, std::move(ready))) {}

HealthServer::~HealthServer() {
  state_->http_server->abort(std::chrono::steady_clock::now() + std::chrono::seconds(5));
}

convert::Result<std::uint16_t> HealthServer::listen(std::string_view address, std::uint16_t port) {
  return state_->http_server->listen(address, port);
}

void HealthServer::start_draining() noexcept { state_->checks->draining = true; }

Async<void> HealthServer::stop(std::chrono::milliseconds grace) {
  const auto state = state_;  // keeps the state if the HealthServer is destroyed meanwhile
  co_await state->http_server->stop(grace);
}

}  // namespace convertd
