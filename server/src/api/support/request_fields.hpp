// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include <convert/result.hpp>

#include "api/support/problems.hpp"

namespace convert::server::api {

/// What a request is about, as far as the names of its fields depend on it.
enum class FieldContext : std::uint8_t { signup, login, account, password, key, task, list, conversion };

/// The name by which the server knows the field that a client calls `sent`: the same one, unless it is the
/// name of an older client. The only place that knows those.
std::string_view field_name(FieldContext context, std::string_view sent) noexcept;

/// The fields of a request by the server's own names, wherever they came from: JSON, a form, multipart or the
/// query. Values are text; a JSON number stands as it was written, an object as JSON, true and false so.
class Fields {
 public:
  explicit Fields(FieldContext context) : context_(context) {}

  /// A field as the client calls it. Errors: `invalid_argument` (it was said before, otherwise).
  Outcome<void> add(std::string_view sent, std::string value);

  std::optional<std::string_view> find(std::string_view name) const noexcept;
  /// As `find`, but nothing for an empty value.
  std::optional<std::string_view> non_empty(std::string_view name) const noexcept;
  /// "true", "1", "yes", "on" and their opposites; nullopt: not said. Errors: `invalid_argument`.
  Outcome<std::optional<bool>> boolean(std::string_view name) const;

 private:
  FieldContext context_;
  std::map<std::string, std::string, std::less<>> values_;
};

}  // namespace convert::server::api
