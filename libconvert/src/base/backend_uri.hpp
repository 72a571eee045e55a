// SPDX-License-Identifier: MIT
#pragma once

#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <convert/durability.hpp>
#include <convert/result.hpp>

/// URIs of storages, job stores, queues and account stores, and the choice of the backend that one names.
namespace convert::base {

/// A backend's URI: "scheme:path?option=value&option=value", percent-encoded. An empty host
/// may precede an absolute path ("file:///srv/blobs").
struct Uri {
  std::string scheme;  ///< lower case
  std::string path;    ///< decoded; may be empty
  std::map<std::string, std::string, std::less<>> options;
};

/// The part before the colon, in lower case. Errors: `invalid_argument`.
Result<std::string> uri_scheme(std::string_view text);

/// Errors: `invalid_argument`. Messages show the scheme only: the rest may hold a password.
Result<Uri> parse_uri(std::string_view text);

/// A backend of this build. `Seam` is the interface that it implements, such as `Storage`.
template <class Seam>
struct Backend {
  std::string_view scheme;
  bool has_path = false;
  std::vector<std::string_view> options;
  Result<std::shared_ptr<Seam>> (*open)(const Uri&) = nullptr;
  /// Instead of `open`, for a scheme whose URIs name a host: reads the whole URI itself.
  Result<std::shared_ptr<Seam>> (*open_whole)(std::string_view uri) = nullptr;
};

/// The error for the option `name` with the value `value`. `allowed` describes the values that it takes.
Error invalid_option(std::string_view name, std::string_view allowed, std::string_view value);

/// Reads the option "durability" into `durability`, which keeps its value if the URI has no such option.
/// Errors: `invalid_argument`.
Result<void> parse_durability(const Uri& uri, Durability& durability);

/// Checks that the URI has a path exactly if `has_path`, and no option besides `options`. `what` names the
/// kind of backend in messages ("storage"). Errors: `invalid_argument`, `unsupported`.
Result<void> check_uri(const Uri& uri, std::string_view what, bool has_path,
                       std::span<const std::string_view> options);

/// The error for a URI with an unknown scheme. The message lists `schemes`.
Error unknown_backend(std::string_view scheme, std::string_view what,
                      std::span<const std::string_view> schemes);

/// Opens the backend of `backends` that the URI `text` names. Errors: `unsupported` for an unknown scheme or
/// option (the message lists the known ones), `invalid_argument`, and those of the backend.
template <class Seam>
Result<std::shared_ptr<Seam>> open_backend(std::string_view text, std::string_view what,
                                           const std::vector<Backend<Seam>>& backends) {
  const auto scheme = uri_scheme(text);
  if (!scheme) return scheme.error();
  std::vector<std::string_view> schemes;
  for (const Backend<Seam>& backend : backends) {
    schemes.push_back(backend.scheme);
    if (backend.scheme != *scheme) continue;
    if (backend.open_whole) return backend.open_whole(text);
    const auto uri = parse_uri(text);
    if (!uri) return uri.error();
    const auto good = check_uri(*uri, what, backend.has_path, backend.options);
    if (!good) return good.error();
    return backend.open(*uri);
  }
  return unknown_backend(*scheme, what, schemes);
}

}  // namespace convert::base
