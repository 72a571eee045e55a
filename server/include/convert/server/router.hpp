// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <convert/server/http.hpp>

namespace convert::server {

namespace http {
class RequestRouter;
}

/// Handles a request. May be called by several threads at once. An exception becomes a 500 response.
using Handler = std::function<Async<Response>(Request&)>;

/// Wraps a handler: may respond itself, change the request before or the response after the call of `next`.
/// `next` and the request live until the coroutine ends.
using Middleware = std::function<Async<Response>(Request&, const Handler& next)>;

/// Settings of a route, applied before its handler is called.
struct RouteOptions {
  std::uint64_t max_body_bytes = std::uint64_t{256} << 10;  ///< larger bodies are rejected with 413
  /// The response may start before the request body ends, and `Request::client_disconnected` is available.
  bool streaming = false;
};

/// A row of the routing table.
struct Route {
  Method method;
  std::string pattern;  ///< including the prefixes of mounts
  RouteOptions options;
};

/// Maps requests to handlers. Pattern: "/songs/{id}/parts/{name}"; a parameter matches one whole segment, and
/// fixed segments take precedence over parameters. HEAD uses the handler of GET without the body, OPTIONS
/// returns Allow, other methods get 405. One thread builds the Router; afterwards it is immutable and
/// `handle` is thread-safe. The functions that build it throw std::invalid_argument for an invalid pattern
/// and for a duplicate route.
class Router {
 public:
  Router();
  Router(Router&&) noexcept;
  Router& operator=(Router&&) noexcept;
  ~Router();

  /// Adds a route.
  Router& on(Method method, std::string_view pattern, Handler handler, RouteOptions options = {});

  /// Adds a fixed response to GET and HEAD that bypasses middleware, for frequent requests such as health
  /// checks. The body must be a text.
  Router& constant(std::string_view pattern, Response answer);

  /// Adds middleware around all routes of this Router, including routes added later. The first one added is
  /// the outermost.
  Router& use(Middleware middleware);

  /// Adds all routes of `routes` below `prefix` ("/media", fixed segments only). Its middleware runs inside
  /// the middleware of this Router. Its handlers see paths without the prefix.
  Router& mount(std::string_view prefix, Router routes);

  /// Responds with 404 or 405 as a problem document if no route matches, and with 500 if a handler throws.
  /// The Router outlives the coroutine.
  Async<Response> handle(Request& request) const;

  /// All routes, including those of mounts.
  std::vector<Route> routes() const;

 private:
  friend class http::RequestRouter;
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace convert::server
