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

/// The kind of request, as far as the names of its fields depend on it.
enum class FieldContext : std::uint8_t { signup, login, account, password, key, task, list, conversion };

/// The server's name of the field that a client calls `sent`. Only this function knows the names that older
/// clients use.
std::string_view field_name(FieldContext context, std::string_view sent) noexcept;

/// The fields of a request under the server's names, from JSON, a form, multipart or the query. Values are
/// text: a JSON number as it was written, an object as JSON, "true" and "false".
class Fields {
 public:
  explicit Fields(FieldContext context) : context_(context) {}

  /// Adds a field under the client's name. Problem: `invalid_argument` if it has another value already.
  Outcome<void> add(std::string_view sent, std::string value);

  std::optional<std::string_view> find(std::string_view name) const noexcept;
  /// As `find`, but nullopt for an empty value.
  std::optional<std::string_view> non_empty(std::string_view name) const noexcept;
  /// "true", "1", "yes", "on" and their opposites; nullopt if missing. Problem: `invalid_argument`.
  Outcome<std::optional<bool>> boolean(std::string_view name) const;

 private:
  FieldContext context_;
  std::map<std::string, std::string, std::less<>> values_;
};

}  // namespace convert::server::api
