// SPDX-License-Identifier: MIT
#include <convert/server/server.hpp>
#include <memory>
#include <stdexcept>
#include <utility>
#include <vector>

#include "http/connection/http_server.hpp"
#include "http/message/field_values.hpp"
#include "security/networks.hpp"

namespace convert::server {
namespace {

using security::NetworkList;

/// Throws std::invalid_argument for an invalid list; programs validate their options earlier.
NetworkList networks_of(const std::vector<std::string>& texts) {
  Result<NetworkList> parsed = NetworkList::parse(texts);
  if (!parsed) throw std::invalid_argument(parsed.error().message);
  return std::move(*parsed);
}

std::string client_address_of(std::string_view address, std::span<const FieldView> fields,
                              const NetworkList& proxies) {
  std::vector<std::string_view> forwarded;
  for (const FieldView& field : fields) {
    if (http::equals_ignore_case(field.name, "X-Forwarded-For")) forwarded.push_back(field.value);
  }
  return security::client_address(address, forwarded, proxies);
}

http::HttpServer::Options http_server_options(const asio::any_io_executor& executor,
                                              const ServerOptions& options) {
  const auto exempt = std::make_shared<const NetworkList>(networks_of(options.exempt_networks));
  const auto proxies = std::make_shared<const NetworkList>(networks_of(options.trusted_proxies));
  http::HttpServer::Options http_options;
  http_options.executor = executor;
  http_options.connection_executor = options.connection_executor;
  http_options.backlog = options.backlog;
  http_options.limits = options.http;
  http_options.cors_origins = options.cors_origins;
  http_options.client_addresses.is_exempt = [exempt](std::string_view address) {
    return exempt->contains(address);
  };
  if (!proxies->empty()) {
    http_options.client_addresses.client_address = [proxies](std::string_view address,
                                                             std::span<const FieldView> fields) {
      return client_address_of(address, fields, *proxies);
    };
  }
  http_options.rate_limit_key = [exempt, proxies](std::string_view address) {
    const bool counted = !exempt->contains(address) && !proxies->contains(address);
    return counted ? security::subscriber_prefix(address) : std::string();
  };
  if (options.log) {
    http_options.log = [log = options.log](LogLine::Level level, std::string text) {
      log(LogLine{level, 0, std::move(text)});
    };
  }
  http_options.access_log = options.access_log;
  return http_options;
}

}  // namespace

struct Server::State {
  State(const asio::any_io_executor& executor, Engine& engine, const ServerOptions& options)
      : api(std::make_shared<Api>(executor, engine, options)),
        http_server(std::make_shared<http::HttpServer>(http_server_options(executor, options), api)) {
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

Async<void> Server::stop(std::chrono::milliseconds grace) {
  const std::shared_ptr<State> state = state_;  // keeps the state if the Server is destroyed meanwhile
  co_await state->http_server->stop(grace);
}

}  // namespace convert::server
