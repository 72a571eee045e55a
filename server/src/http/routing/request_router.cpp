// SPDX-License-Identifier: MIT
#include <convert/server/router.hpp>
#include <stdexcept>
#include <utility>

#include "http/routing/request_router.hpp"

namespace convert::server {

Router::Router() : state_(std::make_unique<State>()) {}
Router::Router(Router&&) noexcept = default;
Router& Router::operator=(Router&&) noexcept = default;
Router::~Router() = default;

Router& Router::on(Method method, std::string_view pattern, Handler handler, RouteOptions options) {
  if (!handler) throw std::invalid_argument("A route needs a handler.");
  state_->tree.add(method, pattern, state_->entries.size());
  state_->entries.push_back(
      {Route{method, std::string(pattern), std::move(options)}, std::move(handler), {}});
  return *this;
}

Router& Router::constant(std::string_view pattern, Response response) {
  if (auto* text = std::get_if<std::string>(&response.body)) {
    response.body = std::make_shared<const std::string>(std::move(*text));
  }
  if (!std::holds_alternative<std::shared_ptr<const std::string>>(response.body)) {
    throw std::invalid_argument("The body of a constant answer is a text.");
  }
  state_->tree.add(Method::get, pattern, state_->entries.size());
  state_->entries.push_back({Route{Method::get, std::string(pattern), {}}, {}, std::move(response)});
  return *this;
}

Router& Router::use(Middleware middleware) {
  if (!middleware) throw std::invalid_argument("Middleware has to be a function.");
  state_->middleware.push_back(std::move(middleware));
  return *this;
}

Router& Router::mount(std::string_view prefix, Router routes) {
  state_->tree.mount(prefix, state_->mounts.size());
  state_->mount_prefixes.emplace_back(prefix);
  state_->mounts.push_back(std::move(routes));
  return *this;
}

Async<Response> Router::handle(Request& request) const {
  const http::RequestRouter::ResolvedRoute found = http::RequestRouter::find(*this, request);
  try {
    co_return co_await http::RequestRouter::handle(found, request);
  } catch (const std::exception&) {  // the connection's own loop logs what it was
  }
  co_return problem_response(500, "internal", "The server has made a mistake. It has been noted.");
}

std::vector<Route> Router::routes() const {
  std::vector<Route> all;
  for (const State::Entry& entry : state_->entries) all.push_back(entry.route);
  for (std::size_t i = 0; i < state_->mounts.size(); ++i) {
    for (Route& route : state_->mounts[i].routes()) {
      route.pattern = state_->mount_prefixes[i] + (route.pattern == "/" ? "" : route.pattern);
      all.push_back(std::move(route));
    }
  }
  return all;
}

}  // namespace convert::server
