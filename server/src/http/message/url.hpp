// SPDX-License-Identifier: MIT
#pragma once

#include <convert/result.hpp>
#include <convert/server/field.hpp>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "http/message/request_head.hpp"

namespace convert::server::http {

/// The target of a request (RFC 9112, 3.2).
struct Target {
  std::string path;        ///< decoded UTF-8, without control characters; begins with "/"; "*" for OPTIONS *
  std::string_view query;  ///< as received, without "?"; a valid form
  std::string_view authority;  ///< for absolute-form, else empty
};

/// Parses origin-form, absolute-form ("http://host/path") and, for OPTIONS, "*". 400 for anything else:
/// malformed percent-encoding, dot segments (also encoded ones), an encoded "/" or "\", text that is not
/// UTF-8. The result holds views of `target`.
std::variant<Target, RequestError> parse_target(Method method, std::string_view target);

/// Decoded value of the first query parameter with that name; nullopt if there is none or the query is
/// malformed.
std::optional<std::string> query_argument(std::string_view query, std::string_view name);

/// Decodes percent-encoding; with `plus`, "+" is a space. nullopt: "%" without two hexadecimal digits.
std::optional<std::string> percent_decode(std::string_view text, bool plus = false);

/// Percent-encodes everything except A-Z a-z 0-9 - . _ ~ (RFC 3986, 2.3).
std::string percent_encode(std::string_view text);

/// Parses `application/x-www-form-urlencoded` or a query into decoded pairs, in order, with duplicates.
/// Errors: `invalid_argument` (malformed percent-encoding, not UTF-8, contains NUL, more than `max_fields`
/// pairs).
Result<std::vector<Field>> parse_form(std::string_view text, std::size_t max_fields = 1'000);

}  // namespace convert::server::http
