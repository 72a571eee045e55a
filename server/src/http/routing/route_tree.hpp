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

/// Finds the route of a method and a path. A pattern is "/songs/{id}/parts/{name}": segments that are fixed,
/// or a parameter for exactly one segment, not empty. Fixed segments win over parameters, the first segment
/// first; a pattern that does not have the method gives way to one that has it. Knows routes by number only.
/// Built by one thread; `find` is thread-safe then.
class RouteTree {
 public:
  RouteTree();
  RouteTree(RouteTree&&) noexcept;
  RouteTree& operator=(RouteTree&&) noexcept;
  ~RouteTree();

  /// Throws std::invalid_argument: no pattern (it has to begin with "/"; names of parameters are not empty
  /// and occur once), or it is there already. `method` is not `other`.
  void add(Method method, std::string_view pattern, std::size_t route);

  /// Everything at and below `prefix` ("/api", fixed segments only) that no route has. The longest wins.
  /// Throws as `add` does.
  void mount(std::string_view prefix, std::size_t mount);

  struct Match {
    std::optional<std::size_t> route{};  ///< HEAD has the route of GET, if it has none of its own
    std::optional<std::size_t> mount{};  ///< if there is no route
    std::string_view remaining_path{};   ///< of a mount: the path below it, "/" at least
    std::vector<Field> parameters{};     ///< of the route, in order
    std::string allow{};                 ///< "GET, HEAD, OPTIONS"; empty: the path is not there (404)
  };
  /// `path` is decoded. Neither route nor mount: 405 if `allow` says something (200 with it for OPTIONS),
  /// else 404.
  Match find(Method method, std::string_view path) const;

 private:
  struct Node;
  struct Search;
  std::unique_ptr<Node> root_;
};

}  // namespace convert::server::http
