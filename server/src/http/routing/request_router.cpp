// SPDX-License-Identifier: MIT
#include "http/routing/request_router.hpp"

#include <fmt/format.h>
#include <convert/server/router.hpp>
#include <stdexcept>
#include <utility>

namespace convert::server {

Router::Router() : state_(std::make_unique<State>()) {}
Router::Router(Router&&) noexcept = default;
Router& Router::operator=(Router&&) noexcept = default;
Router::~Router() = default;

Router& Router::on(Method method, std::string_view pattern, Handler handler, RouteOptions options) {
  if (!handler) throw std::invalid_argument("A route must have a handler.");
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
    throw std::invalid_argument("The body of a constant response must be a text.");
  }
  state_->tree.add(Method::get, pattern, state_->entries.size());
  state_->entries.push_back({Route{Method::get, std::string(pattern), {}}, {}, std::move(response)});
  return *this;
}

Router& Router::use(Middleware middleware) {
  if (!middleware) throw std::invalid_argument("Middleware must not be empty.");
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
  } catch (const std::exception&) {  // HttpServer logs the cause; see Exchange
  }
  co_return problem_response(500, "internal", "Internal server error. It was logged.");
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

namespace convert::server::http {
namespace {

using Layer = RequestRouter::Layer;
using ResolvedRoute = RequestRouter::ResolvedRoute;

/// Removes a prefix from the path of a request during its lifetime.
class PathPrefixGuard {
 public:
  PathPrefixGuard(Request& request, std::size_t prefix) : request_(request) {
    if (prefix == 0) return;
    original_path_ = request.path;
    request.path.erase(0, prefix);
    if (request.path.empty()) request.path = "/";
  }
  ~PathPrefixGuard() {
    if (!original_path_.empty()) request_.path.swap(original_path_);
  }
  PathPrefixGuard(const PathPrefixGuard&) = delete;
  PathPrefixGuard& operator=(const PathPrefixGuard&) = delete;

 private:
  Request& request_;
  std::string original_path_;
};

Async<Response> call_layer(const ResolvedRoute& found, std::size_t layer, Request& request);

/// Calls the middleware with this index and those after it.
Async<Response> call_middleware(const ResolvedRoute& found, std::size_t layer, std::size_t index,
                                Request& request) {
  const std::vector<Middleware>& all = found.layers[layer].state->middleware;
  if (index == all.size()) co_return co_await call_layer(found, layer + 1, request);
  struct Place {
    const ResolvedRoute& found;
    std::size_t layer, index;
  };
  const Place rest{found, layer, index + 1};
  const Handler next = [&rest](Request& forwarded) {
    return call_middleware(rest.found, rest.layer, rest.index, forwarded);
  };
  co_return co_await all[index](request, next);
}

Async<Response> call_layer(const ResolvedRoute& found, std::size_t layer, Request& request) {
  if (layer == found.layers.size()) co_return co_await found.entry->handler(request);
  const PathPrefixGuard guard(request, found.layers[layer].prefix);
  co_return co_await call_middleware(found, layer, 0, request);
}

Response options_response(std::string_view allow) {
  Response response;
  response.status = 204;
  response.with("Allow", allow);
  return response;
}

Response not_found_response(std::string_view allow) {
  if (allow.empty()) return problem_response(404, "not_found", "Not found. Check the URL.");
  return problem_response(405, "method_not_allowed",
                          fmt::format("Method not allowed. Use one of: {}.", allow))
      .with("Allow", allow);
}

Response copy_response(const Response& constant) {
  Response response;
  response.status = constant.status;
  response.fields = constant.fields;
  response.body = std::get<std::shared_ptr<const std::string>>(constant.body);
  return response;
}

}  // namespace

ResolvedRoute RequestRouter::find(const Router& router, Request& request) {
  static const RouteOptions default_options;
  request.options = &default_options;
  ResolvedRoute found;
  std::string_view path = request.path;
  const Router* current = &router;
  std::size_t prefix = 0;
  for (;;) {
    const Router::State& state = *current->state_;
    found.layers.push_back({&state, prefix});
    RouteTree::Match match = state.tree.find(request.method, path);
    if (match.route) {
      found.entry = &state.entries[*match.route];
      request.path_parameters = std::move(match.parameters);
      request.options = &found.entry->route.options;
      return found;
    }
    if (!match.mount) {
      found.allow = std::move(match.allow);
      return found;
    }
    prefix = state.mount_prefixes[*match.mount].size();
    current = &state.mounts[*match.mount];
    path = match.remaining_path;
  }
}

std::optional<Response> RequestRouter::respond_without_handler(const ResolvedRoute& found, Method method) {
  if (found.entry == nullptr) {
    if (method == Method::options && !found.allow.empty()) return options_response(found.allow);
    return not_found_response(found.allow);
  }
  if (found.entry->constant) return copy_response(*found.entry->constant);
  return {};
}

Async<Response> RequestRouter::handle(const ResolvedRoute& found, Request& request) {
  std::optional<Response> ready = respond_without_handler(found, request.method);
  if (ready) co_return std::move(*ready);
  co_return co_await call_layer(found, 0, request);
}

}  // namespace convert::server::http
