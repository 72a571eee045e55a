// SPDX-License-Identifier: MIT
#include "api/aliases.hpp"

#include <array>
#include <optional>

namespace convert::server::api {
namespace {

struct Alias {
  std::optional<About> about;  // nothing: wherever it comes
  std::string_view older;
  std::string_view name;
};

// File parts have no row: any name will do for them.
constexpr std::array kAliases{
    Alias{{}, "user", "username"},
    Alias{About::signup, "nombre", "username"},
    Alias{About::signup, "password", "password1"},
    Alias{About::signup, "password_confirmation", "password2"},
    Alias{About::task, "nombre", "filename"},
    Alias{About::task, "name", "filename"},
    Alias{About::task, "extension_convertir", "newFormat"},
    Alias{About::list, "max_tasks", "max"},
};

}  // namespace

std::string_view field_name(About about, std::string_view sent) noexcept {
  for (const Alias& alias : kAliases) {
    if (alias.older == sent && alias.about.value_or(about) == about) return alias.name;
  }
  return sent;
}

}  // namespace convert::server::api
