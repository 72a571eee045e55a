// SPDX-License-Identifier: MIT
#pragma once

#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <convert/result.hpp>
#include <convert/storage.hpp>

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

/// A row for each backend that a build has.
template <class Seam>
struct Backend {
  std::string_view scheme;
  bool has_path;
  std::vector<std::string_view> options;
  Result<std::shared_ptr<Seam>> (*open)(const Uri&);
};

/// `name` has to be `allowed`, and not `value`.
Error invalid_option(std::string_view name, std::string_view allowed, std::string_view value);

/// Reads the option "durability"; without it `durability` stays what it is.
Result<void> parse_durability(const Uri& uri, Durability& durability);

/// Whether the address has a path if it needs one, and no option but these. `what` is the seam's name.
Result<void> check_uri(const Uri& uri, std::string_view what, bool has_path,
                       std::span<const std::string_view> options);

Error unknown_backend(std::string_view scheme, std::string_view what,
                      std::span<const std::string_view> schemes);

/// The one of `backends` that `text` names, opened. Errors: `unsupported` for a scheme or option that there
/// isn't (the message lists those there are), `invalid_argument`, and those of the backend.
template <class Seam>
Result<std::shared_ptr<Seam>> open_backend(std::string_view text, std::string_view what,
                                           const std::vector<Backend<Seam>>& backends) {
  const auto scheme = uri_scheme(text);
  if (!scheme) return scheme.error();
  std::vector<std::string_view> schemes;
  for (const Backend<Seam>& backend : backends) {
    schemes.push_back(backend.scheme);
    if (backend.scheme != *scheme) continue;
    const auto uri = parse_uri(text);
    if (!uri) return uri.error();
    const auto good = check_uri(*uri, what, backend.has_path, backend.options);
    if (!good) return good.error();
    return backend.open(*uri);
  }
  return unknown_backend(*scheme, what, schemes);
}

}  // namespace convert::base
