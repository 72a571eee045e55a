// SPDX-License-Identifier: MIT
#include "base/backend_uri.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <charconv>
#include <optional>

#include "base/text.hpp"
#include "base/try.hpp"

namespace convert::base {
namespace {

Error invalid_uri(std::string_view why) {
  return Error{
      Errc::invalid_argument,
      fmt::format("The URI of the backend {}. Write it as \"memory:\" or \"file:///srv/blobs\", with "
                  "options as in \"?durability=process\".",
                  why)};
}

bool is_scheme(std::string_view text) {
  const auto letter = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); };
  const auto later = [&](char c) {
    return letter(c) || (c >= '0' && c <= '9') || c == '+' || c == '-' || c == '.';
  };
  return !text.empty() && letter(text.front()) && std::all_of(text.begin(), text.end(), later);
}

/// The byte with this hexadecimal value; nothing unless `digits` are two hexadecimal digits, not both 0.
std::optional<char> decode_hex_byte(std::string_view digits) {
  unsigned value = 0;
  const auto [end, failure] = std::from_chars(digits.data(), digits.data() + digits.size(), value, 16);
  if (digits.size() != 2 || failure != std::errc() || end != digits.data() + digits.size() || value == 0)
    return {};
  return static_cast<char>(value);
}

Result<std::string> percent_decode(std::string_view text) {
  std::string result;
  for (std::size_t at = 0; at < text.size(); ++at) {
    if (text[at] == '\0') return invalid_uri("holds a zero byte");
    if (text[at] != '%') {
      result += text[at];
      continue;
    }
    const auto byte = decode_hex_byte(text.substr(at + 1, 2));
    if (!byte) return invalid_uri("has a \"%\" that is not followed by two hexadecimal digits, not both 0");
    result += *byte;
    at += 2;
  }
  return result;
}

Result<std::string> parse_path(std::string_view text) {
  if (text.find('#') != std::string_view::npos)
    return invalid_uri("has a \"#\", which is written as \"%23\"");
  if (text.starts_with("//")) {
    text.remove_prefix(2);
    if (!text.starts_with('/'))
      return invalid_uri("names a host, or has two slashes where one or three belong");
  }
  return percent_decode(text);
}

Result<void> add_option(std::string_view text, Uri& uri) {
  const std::size_t equals = text.find('=');
  if (equals == 0 || equals == std::string_view::npos)
    return invalid_uri("has an option without a name or a value: write name=value");
  CONVERT_TRY_ASSIGN(auto name, percent_decode(text.substr(0, equals)));
  CONVERT_TRY_ASSIGN(auto value, percent_decode(text.substr(equals + 1)));
  if (!uri.options.emplace(name, value).second) return invalid_uri("repeats an option");
  return {};
}

}  // namespace

Result<std::string> uri_scheme(std::string_view text) {
  const std::size_t colon = text.find(':');
  if (colon == std::string_view::npos || !is_scheme(text.substr(0, colon))) {
    return invalid_uri("does not start with a scheme and a colon");
  }
  return lower_case(text.substr(0, colon));
}

Result<Uri> parse_uri(std::string_view text) {
  CONVERT_TRY_ASSIGN(auto scheme, uri_scheme(text));
  text.remove_prefix(scheme.size() + 1);
  Uri uri{std::move(scheme), {}, {}};
  const std::size_t mark = text.find('?');
  CONVERT_TRY_ASSIGN(auto path, parse_path(text.substr(0, mark)));
  uri.path = std::move(path);
  if (mark == std::string_view::npos) return uri;
  for (std::string_view rest = text.substr(mark + 1);;) {
    const std::size_t end = rest.find('&');
    CONVERT_TRY(add_option(rest.substr(0, end), uri));
    if (end == std::string_view::npos) return uri;
    rest.remove_prefix(end + 1);
  }
}

Error invalid_option(std::string_view name, std::string_view allowed, std::string_view value) {
  return Error{Errc::invalid_argument,
               fmt::format("The option {} must be {}, not \"{}\".", name, allowed, value)};
}

Result<void> parse_durability(const Uri& uri, Durability& durability) {
  const auto option = uri.options.find("durability");
  if (option == uri.options.end()) return {};
  if (option->second != "power" && option->second != "process") {
    return invalid_option(option->first, "power or process", option->second);
  }
  durability = option->second == "power" ? Durability::power : Durability::process;
  return {};
}

Result<void> check_uri(const Uri& uri, std::string_view what, bool has_path,
                       std::span<const std::string_view> options) {
  for (const auto& [name, value] : uri.options) {
    if (std::find(options.begin(), options.end(), name) != options.end()) continue;
    return Error{Errc::unsupported,
                 fmt::format("The {} \"{}:\" has no option \"{}\". Its options: {}.", what, uri.scheme, name,
                             options.empty() ? "none" : fmt::format("{}", fmt::join(options, ", ")))};
  }
  if (has_path != uri.path.empty()) return {};
  return Error{Errc::invalid_argument,
               has_path ? fmt::format("The {0} needs a path: {1}:///path, or {1}:path for "
                                      "a path below the current folder.",
                                      what, uri.scheme)
                        : fmt::format("The {} \"{}:\" takes no path. Remove the path.", what, uri.scheme)};
}

Error unknown_backend(std::string_view scheme, std::string_view what,
                      std::span<const std::string_view> schemes) {
  std::vector<std::string> known;
  for (const auto name : schemes) known.push_back(fmt::format("\"{}:\"", name));
  return Error{Errc::unsupported, fmt::format("This build has no {} \"{}:\". It has {}.", what, scheme,
                                              fmt::join(known, " and "))};
}

}  // namespace convert::base
