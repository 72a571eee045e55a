// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <convert/result.hpp>

namespace convert::net {

/// An http or https URL in parts. `path` is percent-encoded, exactly as it is sent and signed; the query is
/// decoded, and encoded by `encode_component` when it is sent and signed, so that both are always equal.
struct Url {
  std::string scheme = "https";         ///< "http" or "https"
  std::string host;                     ///< a name or an address; IPv6 without brackets
  std::optional<std::uint16_t> port{};  ///< empty: the scheme's
  std::string path = "/";
  std::vector<std::pair<std::string, std::string>> query{};

  bool secure() const { return scheme == "https"; }
  /// "host" or "host:port", without the scheme's own port: the value of the Host header.
  std::string authority() const;
  /// "name=value&name=value", or empty.
  std::string query_text() const;
  std::string text() const;
};

/// Errors: `invalid_argument` (not http or https, a user or password, a fragment, a bad port or encoding).
/// Messages do not repeat the text, which may hold a secret.
Result<Url> parse_url(std::string_view text);

/// `text` with every byte but A-Z a-z 0-9 "-" "." "_" "~" as %XX in upper case: RFC 3986, and AWS's
/// UriEncode.
std::string encode_component(std::string_view text);

/// As `encode_component`, but keeps "/".
std::string encode_path(std::string_view text);

}  // namespace convert::net
