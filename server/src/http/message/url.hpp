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

/// What a request is about (RFC 9112, 3.2).
struct Target {
  std::string path;        ///< decoded UTF-8, without control characters; begins with "/"; "*" for OPTIONS *
  std::string_view query;  ///< as received, without "?"; well-formed as a form is
  std::string_view authority;  ///< of an absolute one; else empty
};

/// Origin-form, absolute-form ("http://host/path", scheme in any case) and, for OPTIONS, "*". 400: anything
/// else, bad escapes, dot segments (also escaped ones), an escaped "/" or "\", text that is not UTF-8. Views
/// lie in `target`.
std::variant<Target, RequestError> parse_target(Method method, std::string_view target);

/// The argument of that name in a query (the first), decoded; nullopt: there is none, or it is ill-formed.
std::optional<std::string> query_argument(std::string_view query, std::string_view name);

/// "%41" is "A"; with `plus`, "+" is a space. nullopt: "%" without two hexadecimal digits.
std::optional<std::string> percent_decode(std::string_view text, bool plus = false);

/// Everything but A-Z a-z 0-9 - . _ ~ (RFC 3986, 2.3) as "%41".
std::string percent_encode(std::string_view text);

/// The pairs of `application/x-www-form-urlencoded`, or of a query, in their order and decoded; doubled names
/// are kept. invalid_argument: bad escapes, text that is not UTF-8 or has a NUL, more than `max_fields`
/// pairs.
Result<std::vector<Field>> parse_form(std::string_view text, std::size_t max_fields = 1'000);

}  // namespace convert::server::http
