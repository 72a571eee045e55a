// SPDX-License-Identifier: MIT
// Untrusted request targets: the path is clean text, and the pattern of the route with its parameters gives
// the path.
#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/utf8.hpp"
#include "fuzz_support.hpp"
#include "http/message/field_values.hpp"
#include "http/message/url.hpp"
#include "http/routing/route_tree.hpp"

namespace {

using namespace convert::server;
using namespace convert::server::http;
using convert::fuzz::fail;

struct Row {
  Method method;
  std::string_view pattern;
};
constexpr std::array<Row, 10> rows{{{Method::get, "/"},
                                    {Method::get, "/a"},
                                    {Method::post, "/a"},
                                    {Method::get, "/a/{x}"},
                                    {Method::del, "/a/{y}"},
                                    {Method::get, "/a/b"},
                                    {Method::get, "/a/{x}/b/{y}"},
                                    {Method::put, "/a/b/b/{z}"},
                                    {Method::get, "/{w}/b/{x}/c"},
                                    {Method::get, "/m/own"}}};

const RouteTree& tree() {
  static const RouteTree built = [] {
    RouteTree result;
    for (std::size_t i = 0; i < rows.size(); ++i) result.add(rows[i].method, rows[i].pattern, i);
    result.mount("/m", 0);
    result.mount("/m/deep", 1);
    return result;
  }();
  return built;
}

/// The pattern with its parameters replaced.
std::string filled(std::string_view pattern, const std::vector<Field>& parameters) {
  std::string path(pattern);
  for (const Field& parameter : parameters) {
    if (parameter.value.empty() || parameter.value.find('/') != std::string::npos)
      fail("an invalid parameter");
    const auto at = path.find('{' + parameter.name + '}');
    if (at == std::string::npos) fail("a parameter that the pattern does not have");
    path.replace(at, parameter.name.size() + 2, parameter.value);
  }
  return path;
}

void check_path(const std::string& path) {
  if (!path.starts_with('/')) fail("a path without a leading slash");
  if (!convert::base::is_utf8(path) || path.find('\\') != path.npos) fail("a path that is not clean text");
  for (const char byte : path) {
    if (static_cast<unsigned char>(byte) < 0x20) fail("a control character");
  }
  if ((path + '/').find("/../") != path.npos || (path + '/').find("/./") != path.npos) fail("a dot segment");
}

void check_route(Method method, const std::string& path) {
  const auto match = tree().find(method, path);
  if (match.route.has_value() + match.mount.has_value() + !match.allow.empty() > 1) fail("several results");
  if (match.route) {
    // A value may look like a parameter: then the text says nothing.
    const bool plain = path.find('{') == path.npos;
    if (plain && filled(rows[*match.route].pattern, match.parameters) != path) fail("another route");
  }
  if (match.mount && (!match.remaining_path.starts_with('/') || !path.starts_with("/m")))
    fail("another mount");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  auto bytes = convert::fuzz::text_of(data, size);
  const auto method = static_cast<Method>(convert::fuzz::take_byte(bytes) % 8);
  const auto result = parse_target(method, bytes);
  const auto* target = std::get_if<Target>(&result);
  if (target == nullptr || target->path == "*") return 0;
  check_path(target->path);
  if (!target->authority.empty() && !is_host(target->authority)) fail("an invalid host");
  if (!target->query.empty()) query_argument(target->query, "a");
  check_route(method, target->path);
  if (percent_decode(percent_encode(target->path)) != target->path) fail("a path that a round trip changes");
  return 0;
}
