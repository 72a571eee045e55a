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

/// Answers a request. May be called by several threads at once. What it throws is answered with 500.
using Handler = std::function<Async<Response>(Request&)>;

/// Around a handler: may answer itself, change the request before, the answer after. `next` and the request
/// live until the coroutine has ended.
using Middleware = std::function<Async<Response>(Request&, const Handler& next)>;

/// What holds for a route before its handler is asked.
struct RouteOptions {
  std::uint64_t max_body_bytes = std::uint64_t{256} << 10;  ///< more is 413
  /// The answer may begin before the body has ended, and `Request::gone` tells when the client has gone.
  bool streaming = false;
};

/// A row of the table that a Router is.
struct Route {
  Method method;
  std::string pattern;  ///< with the prefixes of mounts
  RouteOptions options;
};

/// Finds who answers. Patterns: "/songs/{id}/parts/{name}"; a parameter is one whole segment, fixed segments
/// win over parameters. HEAD is GET without the body, OPTIONS answers with Allow, another method is 405.
/// Built by one thread, then shared and unchanged: `handle` is thread-safe. Functions that build it throw
/// std::invalid_argument for what is no pattern or is there already: a mistake in a program.
class Router {
 public:
  Router();
  Router(Router&&) noexcept;
  Router& operator=(Router&&) noexcept;
  ~Router();

  Router& on(Method method, std::string_view pattern, Handler handler, RouteOptions options = {});

  /// The same answer to every GET and HEAD, without middleware: for what is asked most. Its body is a text.
  Router& constant(std::string_view pattern, Response answer);

  /// Around all routes of this Router, also those that are added later; the first is the outermost.
  Router& use(Middleware middleware);

  /// All routes of `routes` below `prefix` ("/media", fixed segments), with its own middleware inside ours.
  /// They see paths without the prefix.
  Router& mount(std::string_view prefix, Router routes);

  /// 404 and 405 are problem documents; what a handler throws is a 500. The Router outlives the coroutine.
  Async<Response> handle(Request& request) const;

  std::vector<Route> routes() const;

 private:
  friend class http::RequestRouter;
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace convert::server
