// SPDX-License-Identifier: MIT
#include "api/support/request_fields.hpp"

#include <array>
#include <optional>

namespace convert::server::api {
namespace {

struct Alias {
  std::optional<FieldContext> context;  // nothing: wherever it comes
  std::string_view accepted_name;
  std::string_view name;
};

// File parts have no row: any name will do for them.
constexpr std::array kAliases{
    Alias{{}, "user", "username"},
    Alias{FieldContext::signup, "nombre", "username"},
    Alias{FieldContext::signup, "password", "password1"},
    Alias{FieldContext::signup, "password_confirmation", "password2"},
    Alias{FieldContext::task, "nombre", "filename"},
    Alias{FieldContext::task, "name", "filename"},
    Alias{FieldContext::task, "extension_convertir", "newFormat"},
    Alias{FieldContext::list, "max_tasks", "max"},
};

}  // namespace

std::string_view field_name(FieldContext context, std::string_view sent) noexcept {
  for (const Alias& alias : kAliases) {
    if (alias.accepted_name == sent && alias.context.value_or(context) == context) return alias.name;
  }
  return sent;
}

}  // namespace convert::server::api
