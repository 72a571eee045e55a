// SPDX-License-Identifier: MIT
#pragma once

#include <convert/server/router.hpp>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "http/routing/route_tree.hpp"

namespace convert::server {

struct Router::State {
  struct Entry {
    Route route;
    Handler handler;
    std::optional<Response> constant{};  ///< replaces `handler`; the body is a shared text
  };
  http::RouteTree tree;
  std::vector<Entry> entries;
  std::vector<std::string> mount_prefixes;  ///< prefixes of `mounts`
  std::vector<Router> mounts;
  std::vector<Middleware> middleware;
};

}  // namespace convert::server

namespace convert::server::http {

/// Routing in two steps: a connection needs the options of the route before it calls the handler.
class RequestRouter {
 public:
  struct Layer {
    const Router::State* state = nullptr;
    std::size_t prefix = 0;  ///< length of the prefix that it removes from the path
  };
  struct ResolvedRoute {
    const Router::State::Entry* entry = nullptr;  ///< null: no route matches
    std::vector<Layer> layers{};                  ///< outermost first
    std::string allow{};                          ///< without an entry: the allowed methods
  };

  /// Finds the route. Sets `path_parameters` and `options` of the request.
  static ResolvedRoute find(const Router& router, Request& request);

  /// Calls the handler with its middleware, or returns 404, 405 or the response to OPTIONS. Rethrows their
  /// exceptions. `found` and `request` must outlive the coroutine.
  static Async<Response> handle(const ResolvedRoute& found, Request& request);

  /// Responses without a handler: 404, 405, OPTIONS, constants. nullopt: call the handler.
  static std::optional<Response> respond_without_handler(const ResolvedRoute& found, Method method);
};

}  // namespace convert::server::http
