// SPDX-License-Identifier: MIT
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <convert/server/field.hpp>

namespace convert::server::http {

/// Cross-origin resource sharing (Fetch, 3.2). Credentials are never allowed: the API uses no cookies.
class Cors {
 public:
  /// "*", or origins as browsers send them ("https://example.org:8443"; case-insensitive, without a trailing
  /// "/").
  explicit Cors(std::vector<std::string> origins);

  bool disabled() const noexcept { return origins_.empty(); }

  /// Fields of every response. Empty if CORS is disabled; only "Vary: Origin" if the origin is not listed.
  std::vector<Field> response_fields(std::span<const FieldView> request) const;

  /// Fields of the response (204) to a preflight, which allows the methods of `allow` ("GET, HEAD"). nullopt:
  /// not a preflight (OPTIONS with Origin and Access-Control-Request-Method), or the origin is not listed.
  std::optional<std::vector<Field>> preflight(Method method, std::span<const FieldView> request,
                                              std::string_view allow) const;

 private:
  std::string allowed(std::span<const FieldView> request) const;
  std::vector<std::string> origins_;
  bool any_origin_ = false;
};

}  // namespace convert::server::http
