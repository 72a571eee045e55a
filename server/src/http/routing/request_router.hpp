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
    std::optional<Response> constant{};  ///< instead of `handler`; its body is a shared text
  };
  http::RouteTree tree;
  std::vector<Entry> entries;
  std::vector<std::string> mount_prefixes;  ///< of `below`
  std::vector<Router> mounts;
  std::vector<Middleware> middleware;
};

}  // namespace convert::server

namespace convert::server::http {

/// What a Router does in two steps, since a connection looks at the route before its handler is asked.
class RequestRouter {
 public:
  struct Layer {
    const Router::State* state = nullptr;
    std::size_t prefix = 0;  ///< bytes that it takes off the path
  };
  struct ResolvedRoute {
    const Router::State::Entry* entry = nullptr;  ///< null: nobody answers
    std::vector<Layer> layers{};                  ///< the outermost first
    std::string allow{};                          ///< without an entry: the methods that are there
  };

  /// Fills in `parameters` and `options` of the request.
  static ResolvedRoute find(const Router& router, Request& request);

  /// By the handler and what is around it; or 404, 405, the answer to OPTIONS. Throws what they throw.
  /// `found` and `request` outlive the coroutine.
  static Async<Response> handle(const ResolvedRoute& found, Request& request);

  /// What needs no handler: 404, 405, OPTIONS, constants. nullopt: a handler has to be asked.
  static std::optional<Response> respond_without_handler(const ResolvedRoute& found, Method method);
};

}  // namespace convert::server::http
