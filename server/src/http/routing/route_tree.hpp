// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <convert/server/field.hpp>

namespace convert::server::http {

/// Finds the route for a method and a path. Pattern: "/songs/{id}/parts/{name}", where a parameter matches
/// exactly one non-empty segment. Fixed segments take precedence over parameters, from the first segment on;
/// patterns without the method are skipped. Routes are identified by numbers. Build it in one thread; then
/// `find` is thread-safe.
class RouteTree {
 public:
  RouteTree();
  RouteTree(RouteTree&&) noexcept;
  RouteTree& operator=(RouteTree&&) noexcept;
  ~RouteTree();

  /// Adds a route. Throws std::invalid_argument for an invalid pattern (it must start with "/"; parameter
  /// names are not empty and unique) and for a duplicate. `method` must not be `other`.
  void add(Method method, std::string_view pattern, std::size_t route);

  /// Maps all paths at and below `prefix` ("/api", fixed segments only) without a route to a mount. The
  /// longest prefix wins. Throws as `add` does.
  void mount(std::string_view prefix, std::size_t mount);

  struct Match {
    std::optional<std::size_t> route{};  ///< HEAD falls back to the route of GET
    std::optional<std::size_t> mount{};  ///< if no route matches
    std::string_view remaining_path{};   ///< for a mount: the path below it, at least "/"
    std::vector<Field> parameters{};     ///< of the route's pattern, in order
    std::string allow{};                 ///< "GET, HEAD, OPTIONS"; empty: no route has this path
  };
  /// Finds a route or a mount for a decoded path. Without either: 405 if `allow` is not empty (200 for
  /// OPTIONS), else 404.
  Match find(Method method, std::string_view path) const;

 private:
  struct Node;
  struct Search;
  std::unique_ptr<Node> root_;
};

}  // namespace convert::server::http
