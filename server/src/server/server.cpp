// SPDX-License-Identifier: MIT
#include <convert/server/server.hpp>
#include <memory>
#include <stdexcept>
#include <utility>
#include <vector>

#include "accounts/address.hpp"
#include "http/field_values.hpp"
#include "server/front.hpp"

namespace convert::server {
namespace {

using accounts::Networks;

/// What is no list of networks lets nobody in: the options were checked where they came from.
Networks networks_of(const std::vector<std::string>& texts) {
  Result<Networks> parsed = Networks::parse(texts);
  if (!parsed) throw std::invalid_argument(parsed.error().message);
  return std::move(*parsed);
}

std::string client_of(std::string_view address, std::span<const FieldView> fields, const Networks& proxies) {
  std::vector<std::string_view> forwarded;
  for (const FieldView& field : fields) {
    if (http::same_text(field.name, "X-Forwarded-For")) forwarded.push_back(field.value);
  }
  return accounts::client_address(address, forwarded, proxies);
}

front::Front::Setting setting_of(const asio::any_io_executor& executor, const ServerOptions& options) {
  const auto exempt = std::make_shared<const Networks>(networks_of(options.exempt));
  const auto proxies = std::make_shared<const Networks>(networks_of(options.trusted_proxies));
  front::Front::Setting setting;
  setting.executor = executor;
  setting.connection_executor = options.connection_executor;
  setting.backlog = options.backlog;
  setting.limits = options.http;
  setting.cors_origins = options.cors_origins;
  setting.neighbours.exempt = [exempt](std::string_view address) { return exempt->contains(address); };
  if (!proxies->empty()) {
    setting.neighbours.client = [proxies](std::string_view address, std::span<const FieldView> fields) {
      return client_of(address, fields, *proxies);
    };
  }
  setting.counted_as = [exempt, proxies](std::string_view address) {
    const bool counted = !exempt->contains(address) && !proxies->contains(address);
    return counted ? accounts::subscriber_of(address) : std::string();
  };
  if (options.log) {
    setting.log = [log = options.log](LogLine::Level level, std::string text) {
      log(LogLine{level, 0, std::move(text)});
    };
  }
  return setting;
}

}  // namespace

struct Server::State {
  State(const asio::any_io_executor& executor, Engine& engine, const ServerOptions& options)
      : api(std::make_shared<Api>(executor, engine, options)),
        front(std::make_shared<front::Front>(setting_of(executor, options), api)) {
    front->router() = api->take_routes();
  }
  std::shared_ptr<Api> api;
  std::shared_ptr<front::Front> front;
};

Server::Server(asio::any_io_executor executor, Engine& engine, ServerOptions options)
    : state_(std::make_shared<State>(executor, engine, options)) {}

Server::~Server() { state_->front->cut(std::chrono::steady_clock::now() + std::chrono::seconds(5)); }

Router& Server::router() noexcept { return state_->front->router(); }

Result<std::uint16_t> Server::listen(std::string_view address, std::uint16_t port) {
  return state_->front->listen(address, port);
}

Async<void> Server::stop(std::chrono::milliseconds grace) {
  const std::shared_ptr<State> state = state_;  // whoever destroys the Server meanwhile
  co_await state->front->stop(grace);
}

}  // namespace convert::server
