// SPDX-License-Identifier: MIT
#pragma once

#include <map>
#include <string>
#include <string_view>

#include <convert/result.hpp>

namespace convert::base {

/// What names a backend: "scheme:path?option=value&option=value", percent-encoded. An absolute path may have
/// an empty host before it ("file:///srv/blobs").
struct Uri {
  std::string scheme;  ///< lower case
  std::string path;    ///< decoded; may be empty
  std::map<std::string, std::string, std::less<>> options;
};

/// The part before the colon, in lower case. Errors: `invalid_argument`.
Result<std::string> uri_scheme(std::string_view text);

/// Errors: `invalid_argument`. Messages never show what stands after the scheme: it may hold a password.
Result<Uri> parse_uri(std::string_view text);

}  // namespace convert::base
