// SPDX-License-Identifier: MIT
#include "http/route_tree.hpp"

#include <algorithm>
#include <array>
#include <stdexcept>
#include <utility>

namespace convert::server::http {
namespace {

constexpr std::array<Method, 7> methods{Method::get,   Method::head, Method::post,   Method::put,
                                        Method::patch, Method::del,  Method::options};

/// Takes the first segment off a path that begins with "/".
std::string_view take_segment(std::string_view& path) noexcept {
  path.remove_prefix(1);
  const std::string_view segment = path.substr(0, path.find('/'));
  path.remove_prefix(segment.size());
  return segment;
}

[[noreturn]] void reject(std::string_view pattern, const char* why) {
  throw std::invalid_argument("The route " + std::string(pattern) + ' ' + why);
}

/// The name of "{name}"; nullopt: a fixed segment.
std::optional<std::string> parameter_of(std::string_view segment, std::string_view pattern) {
  const bool braces = segment.starts_with('{') && segment.ends_with('}');
  if (!braces) {
    if (segment.empty() || segment.find_first_of("{}") != segment.npos) reject(pattern, "has a bad segment.");
    return {};
  }
  if (segment.size() < 3) reject(pattern, "has a parameter without a name.");
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

/// One walk down the tree, which turns back where a path ends in nothing.
struct RouteTree::Search {
  Method method;
  std::string_view path;
  std::vector<std::string_view> values{};
  const Node::Entry* entry = nullptr;
  const Node* mount = nullptr;
  std::string_view rest{};
  std::vector<const Node*> others{};  ///< of this path, without the method

  bool visit(const Node& node, std::string_view left) {
    if (node.mount && (mount == nullptr || left.size() < rest.size())) {
      mount = &node;
      rest = left;
    }
    if (left.empty()) return end(node);
    const std::string_view segment = take_segment(left);
    if (const auto next = node.fixed.find(segment); next != node.fixed.end()) {
      if (visit(*next->second, left)) return true;
    }
    if (!node.parameter || segment.empty()) return false;
    values.push_back(segment);
    if (visit(*node.parameter, left)) return true;
    values.pop_back();
    return false;
  }

  bool end(const Node& node) {
    entry = node.entry(method);
    if (entry == nullptr && !node.entries.empty()) others.push_back(&node);
    return entry != nullptr;
  }

  std::string allow() const {
    std::string text;
    for (const Method known : methods) {
      const bool has = known == Method::options ||
                       std::any_of(others.begin(), others.end(),
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
  if (!pattern.starts_with('/')) reject(pattern, "does not begin with \"/\".");
  if (method == Method::other) reject(pattern, "has no method.");
  Node* node = root_.get();
  Node::Entry entry{route, {}};
  for (std::string_view left = pattern == "/" ? std::string_view{} : pattern; !left.empty();) {
    const std::string_view segment = take_segment(left);
    auto name = parameter_of(segment, pattern);
    auto& next = name ? node->parameter : node->fixed[std::string(segment)];
    if (!next) next = std::make_unique<Node>();
    node = next.get();
    if (!name) continue;
    const bool known = std::find(entry.names.begin(), entry.names.end(), *name) != entry.names.end();
    if (known) reject(pattern, "has two parameters of one name.");
    entry.names.push_back(std::move(*name));
  }
  if (!node->entries.emplace(method, std::move(entry)).second) reject(pattern, "is there already.");
}

void RouteTree::mount(std::string_view prefix, std::size_t mount) {
  if (!prefix.starts_with('/')) reject(prefix, "does not begin with \"/\".");
  Node* node = root_.get();
  for (std::string_view left = prefix == "/" ? std::string_view{} : prefix; !left.empty();) {
    const std::string_view segment = take_segment(left);
    if (parameter_of(segment, prefix)) reject(prefix, "may not have parameters.");
    auto& next = node->fixed[std::string(segment)];
    if (!next) next = std::make_unique<Node>();
    node = next.get();
  }
  if (node->mount) reject(prefix, "is there already.");
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
      match.rest = search.rest.empty() ? "/" : search.rest;
    } else if (!search.others.empty()) {
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
