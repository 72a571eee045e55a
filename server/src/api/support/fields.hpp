// SPDX-License-Identifier: MIT
#pragma once

#include <convert/result.hpp>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "api/support/request_fields.hpp"

namespace convert::server::api {

/// The fields of a request by the server's own names, wherever they came from: JSON, a form, multipart or the
/// query. Values are text; a JSON number stands as it was written, an object as JSON, true and false so.
class Fields {
 public:
  explicit Fields(FieldContext context) : context_(context) {}

  /// A field as the client calls it. Errors: `invalid_argument` (it was said before, otherwise).
  Result<void> add(std::string_view sent, std::string value);

  std::optional<std::string_view> find(std::string_view name) const noexcept;
  /// As `find`, but nothing for an empty value.
  std::optional<std::string_view> non_empty(std::string_view name) const noexcept;
  /// "true", "1", "yes", "on" and their opposites; nullopt: not said. Errors: `invalid_argument`.
  Result<std::optional<bool>> boolean(std::string_view name) const;

 private:
  FieldContext context_;
  std::map<std::string, std::string, std::less<>> values_;
};

}  // namespace convert::server::api
