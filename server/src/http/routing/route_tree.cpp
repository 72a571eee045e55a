// SPDX-License-Identifier: MIT
#include "http/routing/route_tree.hpp"

#include <algorithm>
#include <array>
#include <stdexcept>
#include <utility>

namespace convert::server::http {
namespace {

constexpr std::array<Method, 7> kMethods{Method::get,   Method::head, Method::post,   Method::put,
                                         Method::patch, Method::del,  Method::options};

/// Removes the first segment of a path that starts with "/".
std::string_view take_segment(std::string_view& path) noexcept {
  path.remove_prefix(1);
  const std::string_view segment = path.substr(0, path.find('/'));
  path.remove_prefix(segment.size());
  return segment;
}

[[noreturn]] void throw_invalid_route(std::string_view pattern, const char* why) {
  throw std::invalid_argument("The route " + std::string(pattern) + ' ' + why);
}

/// The name in "{name}"; nullopt: a fixed segment.
std::optional<std::string> parse_parameter(std::string_view segment, std::string_view pattern) {
  const bool braces = segment.starts_with('{') && segment.ends_with('}');
  if (!braces) {
    if (segment.empty() || segment.find_first_of("{}") != segment.npos)
      throw_invalid_route(pattern, "has an invalid segment.");
    return {};
  }
  if (segment.size() < 3) throw_invalid_route(pattern, "has a parameter without a name.");
  return std::string(segment.substr(1, segment.size() - 2));
}

}  // namespace

struct RouteTree::Node {
  struct Entry {
    std::size_t route = 0;
    std::vector<std::string> names;
  };
  std::map<std::string, std::unique_ptr<Node>, std::less<>> fixed;
  std::unique_ptr<Node> parameter;
  std::map<Method, Entry> entries;
  std::optional<std::size_t> mount;

  const Entry* entry(Method method) const noexcept {
    auto found = entries.find(method);
    if (found == entries.end() && method == Method::head) found = entries.find(Method::get);
    return found == entries.end() ? nullptr : &found->second;
  }
};

/// A depth-first search with backtracking.
struct RouteTree::Search {
  Method method;
  std::string_view path;
  std::vector<std::string_view> values{};
  const Node::Entry* entry = nullptr;
  const Node* mount = nullptr;
  std::string_view remaining_path{};
  std::vector<const Node*> path_matches{};  ///< nodes that match the path, but not the method

  bool visit(const Node& node, std::string_view remaining) {
    if (node.mount && (mount == nullptr || remaining.size() < remaining_path.size())) {
      mount = &node;
      remaining_path = remaining;
    }
    if (remaining.empty()) return end(node);
    const std::string_view segment = take_segment(remaining);
    if (const auto next = node.fixed.find(segment); next != node.fixed.end()) {
      if (visit(*next->second, remaining)) return true;
    }
    if (!node.parameter || segment.empty()) return false;
    values.push_back(segment);
    if (visit(*node.parameter, remaining)) return true;
    values.pop_back();
    return false;
  }

  bool end(const Node& node) {
    entry = node.entry(method);
    if (entry == nullptr && !node.entries.empty()) path_matches.push_back(&node);
    return entry != nullptr;
  }

  std::string allow() const {
    std::string text;
    for (const Method known : kMethods) {
      const bool has = known == Method::options ||
                       std::any_of(path_matches.begin(), path_matches.end(),
                                   [&](const Node* node) { return node->entry(known) != nullptr; });
      if (has) text += (text.empty() ? "" : ", ") + std::string(to_string(known));
    }
    return text;
  }
};

RouteTree::RouteTree() : root_(std::make_unique<Node>()) {}
RouteTree::RouteTree(RouteTree&&) noexcept = default;
RouteTree& RouteTree::operator=(RouteTree&&) noexcept = default;
RouteTree::~RouteTree() = default;

void RouteTree::add(Method method, std::string_view pattern, std::size_t route) {
  if (!pattern.starts_with('/')) throw_invalid_route(pattern, "does not start with \"/\".");
  if (method == Method::other) throw_invalid_route(pattern, "has no method.");
  Node* node = root_.get();
  Node::Entry entry{route, {}};
  for (std::string_view remaining = pattern == "/" ? std::string_view{} : pattern; !remaining.empty();) {
    const std::string_view segment = take_segment(remaining);
    auto name = parse_parameter(segment, pattern);
    auto& next = name ? node->parameter : node->fixed[std::string(segment)];
    if (!next) next = std::make_unique<Node>();
    node = next.get();
    if (!name) continue;
    const bool known = std::find(entry.names.begin(), entry.names.end(), *name) != entry.names.end();
    if (known) throw_invalid_route(pattern, "has duplicate parameter names.");
    entry.names.push_back(std::move(*name));
  }
  if (!node->entries.emplace(method, std::move(entry)).second)
    throw_invalid_route(pattern, "exists already.");
}

void RouteTree::mount(std::string_view prefix, std::size_t mount) {
  if (!prefix.starts_with('/')) throw_invalid_route(prefix, "does not start with \"/\".");
  Node* node = root_.get();
  for (std::string_view remaining = prefix == "/" ? std::string_view{} : prefix; !remaining.empty();) {
    const std::string_view segment = take_segment(remaining);
    if (parse_parameter(segment, prefix)) throw_invalid_route(prefix, "must not have parameters.");
    auto& next = node->fixed[std::string(segment)];
    if (!next) next = std::make_unique<Node>();
    node = next.get();
  }
  if (node->mount) throw_invalid_route(prefix, "exists already.");
  node->mount = mount;
}

RouteTree::Match RouteTree::find(Method method, std::string_view path) const {
  Match match;
  if (!path.starts_with('/')) return match;
  Search search{method, path};
  const bool found = search.visit(*root_, path == "/" ? std::string_view{} : path);
  if (!found) {
    if (search.mount != nullptr) {
      match.mount = search.mount->mount;
      match.remaining_path = search.remaining_path.empty() ? "/" : search.remaining_path;
    } else if (!search.path_matches.empty()) {
      match.allow = search.allow();
    }
    return match;
  }
  match.route = search.entry->route;
  for (std::size_t i = 0; i < search.values.size(); ++i) {
    match.parameters.push_back({search.entry->names[i], std::string(search.values[i])});
  }
  return match;
}

}  // namespace convert::server::http
