// SPDX-License-Identifier: MIT
#include "http/routing.hpp"

#include <fmt/format.h>

#include <utility>

namespace convert::server::http {
namespace {

using Layer = Routing::Layer;
using Found = Routing::Found;

/// Takes a prefix off the path of a request as long as it lives.
class Below {
 public:
  Below(Request& request, std::size_t prefix) : request_(request) {
    if (prefix == 0) return;
    before_ = request.path;
    request.path.erase(0, prefix);
    if (request.path.empty()) request.path = "/";
  }
  ~Below() {
    if (!before_.empty()) request_.path.swap(before_);
  }
  Below(const Below&) = delete;
  Below& operator=(const Below&) = delete;

 private:
  Request& request_;
  std::string before_;
};

Async<Response> in_layer(const Found& found, std::size_t layer, Request& request);

/// From the middleware with that number on.
Async<Response> around(const Found& found, std::size_t layer, std::size_t number, Request& request) {
  const std::vector<Middleware>& all = found.layers[layer].state->around;
  if (number == all.size()) co_return co_await in_layer(found, layer + 1, request);
  struct Place {
    const Found& found;
    std::size_t layer, number;
  };
  const Place rest{found, layer, number + 1};
  const Handler next = [&rest](Request& asked) { return around(rest.found, rest.layer, rest.number, asked); };
  co_return co_await all[number](request, next);
}

Async<Response> in_layer(const Found& found, std::size_t layer, Request& request) {
  if (layer == found.layers.size()) co_return co_await found.entry->handler(request);
  const Below below(request, found.layers[layer].prefix);
  co_return co_await around(found, layer, 0, request);
}

Response options_of(std::string_view allow) {
  Response answer;
  answer.status = 204;
  answer.with("Allow", allow);
  return answer;
}

Response missing(std::string_view allow) {
  if (allow.empty()) return problem(404, "not_found", "There is nothing here. Check the address.");
  return problem(405, "method_not_allowed",
                 fmt::format("This method is not offered here. Use one of: {}.", allow))
      .with("Allow", allow);
}

Response copy_of(const Response& constant) {
  Response answer;
  answer.status = constant.status;
  answer.fields = constant.fields;
  answer.body = std::get<std::shared_ptr<const std::string>>(constant.body);
  return answer;
}

}  // namespace

Found Routing::find(const Router& router, Request& request) {
  static const RouteOptions nothing;
  request.options = &nothing;
  Found found;
  std::string_view path = request.path;
  const Router* at = &router;
  std::size_t prefix = 0;
  for (;;) {
    const Router::State& state = *at->state_;
    found.layers.push_back({&state, prefix});
    RouteTree::Match match = state.tree.find(request.method, path);
    if (match.route) {
      found.entry = &state.entries[*match.route];
      request.parameters = std::move(match.parameters);
      request.options = &found.entry->route.options;
      return found;
    }
    if (!match.mount) {
      found.allow = std::move(match.allow);
      return found;
    }
    prefix = state.prefixes[*match.mount].size();
    at = &state.below[*match.mount];
    path = match.rest;
  }
}

std::optional<Response> Routing::without_handler(const Found& found, Method method) {
  if (found.entry == nullptr) {
    if (method == Method::options && !found.allow.empty()) return options_of(found.allow);
    return missing(found.allow);
  }
  if (found.entry->constant) return copy_of(*found.entry->constant);
  return {};
}

Async<Response> Routing::answer(const Found& found, Request& request) {
  std::optional<Response> ready = without_handler(found, request.method);
  if (ready) co_return std::move(*ready);
  co_return co_await in_layer(found, 0, request);
}

}  // namespace convert::server::http
