// SPDX-License-Identifier: MIT
#pragma once
#include <convert/server/http.hpp>
namespace convert::server {
using Handler = std::function<Async<Response>(Request&)>;
/// Around a handler: may answer itself, change the request before, the answer after.
using Middleware = std::function<Async<Response>(Request&, const Handler& next)>;
struct RouteOptions {
  std::uint64_t body_bytes = std::uint64_t{256} << 10;  ///< more is 413
  bool streams = false;                                 ///< the answer may begin before the body has ended
  bool anonymous = false;                               ///< no authentication
  std::string cost{};  ///< which rate limit counts it; empty: the ordinary one
};
struct Route {
  Method method;
  std::string pattern;
  RouteOptions options;
};
/// Finds who answers. Patterns: "/songs/{id}/parts/{name}"; fixed segments win over parameters. HEAD is GET
/// without the body, OPTIONS answers with Allow, another method is 405. Built by one thread, then shared and
/// unchanged: `handle` is thread-safe.
class Router {
 public:
  Router();
  Router(Router&&) noexcept;
  Router& operator=(Router&&) noexcept;
  ~Router();
  Router& on(Method method, std::string_view pattern, Handler handler, RouteOptions options = {});
  Router& use(Middleware middleware);  ///< around all routes of this Router; the first is the outermost
  Router& mount(std::string_view prefix, Router routes);  ///< with its own middleware inside ours
  Async<Response> handle(
      Request& request) const;  ///< 404 and 405 are problems; what a handler throws is a 500
  const RouteOptions* options_of(const Request& request) const noexcept;
  std::vector<Route> routes() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};
}  // namespace convert::server
