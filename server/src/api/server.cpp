// SPDX-License-Identifier: MIT
#include <convert/server/server.hpp>
#include <memory>
#include <utility>

#include "api/support/http_server_options.hpp"
#include "http/connection/http_server.hpp"

namespace convert::server {

struct Server::State {
  State(const asio::any_io_executor& executor, Engine& engine, const ServerOptions& options)
      : api(std::make_shared<Api>(executor, engine, options)),
        http_server(std::make_shared<http::HttpServer>(api::http_server_options(executor, options), api)) {
    http_server->router() = api->take_router();
  }
  std::shared_ptr<Api> api;
  std::shared_ptr<http::HttpServer> http_server;
};

Server::Server(asio::any_io_executor executor, Engine& engine, ServerOptions options)
    : state_(std::make_shared<State>(executor, engine, options)) {}

Server::~Server() { state_->http_server->abort(std::chrono::steady_clock::now() + std::chrono::seconds(5)); }

Router& Server::router() noexcept { return state_->http_server->router(); }

Result<std::uint16_t> Server::listen(std::string_view address, std::uint16_t port) {
  return state_->http_server->listen(address, port);
}

void Server::start_draining() noexcept { state_->api->start_draining(); }

Async<void> Server::stop(std::chrono::milliseconds grace) {
  const std::shared_ptr<State> state = state_;  // keeps the state if the Server is destroyed meanwhile
  co_await state->http_server->stop(grace);
}

}  // namespace convert::server
