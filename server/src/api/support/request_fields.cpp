// SPDX-License-Identifier: MIT
#include "api/support/request_fields.hpp"

#include <fmt/format.h>
#include <algorithm>
#include <array>
#include <optional>
#include <span>

#include "base/utf8.hpp"

namespace convert::server::api {
namespace {

struct Alias {
  std::optional<FieldContext> context;  // nullopt: any
  std::string_view accepted_name;
  std::string_view name;
};

// File parts need no entry: they may have any name.
constexpr std::array kAliases{
    Alias{{}, "user", "username"},
    Alias{FieldContext::signup, "nombre", "username"},
    Alias{FieldContext::signup, "password", "password1"},
    Alias{FieldContext::signup, "password_confirmation", "password2"},
    Alias{FieldContext::task, "nombre", "title"},
    Alias{FieldContext::task, "name", "filename"},
    Alias{FieldContext::task, "extension_convertir", "newFormat"},
    Alias{FieldContext::list, "max_tasks", "max"},
};

constexpr std::array<std::string_view, 4> kTrueWords{"true", "1", "yes", "on"};
constexpr std::array<std::string_view, 4> kFalseWords{"false", "0", "no", "off"};

bool contains_word(std::string_view value, std::span<const std::string_view> words) {
  return std::find(words.begin(), words.end(), value) != words.end();
}

}  // namespace

std::string_view field_name(FieldContext context, std::string_view sent) noexcept {
  for (const Alias& alias : kAliases) {
    if (alias.accepted_name == sent && alias.context.value_or(context) == context) return alias.name;
  }
  return sent;
}

// NOLINTNEXTLINE(performance-unnecessary-value-param): try_emplace moves it
Outcome<void> Fields::add(std::string_view sent, std::string value) {
  // PostgreSQL refuses such text. All backends do, so that clients see no difference.
  if (!base::is_storable(sent)) {
    return Error{Errc::invalid_argument, "The name of a field must be UTF-8 without NUL."};
  }
  if (!base::is_storable(value)) {
    return Error{Errc::invalid_argument, fmt::format("The field \"{}\" must be UTF-8 without NUL.", sent)};
  }
  const std::string_view name = field_name(context_, sent);
  const auto [at, inserted] = values_.try_emplace(std::string(name), std::move(value));
  if (inserted || at->second == value) return {};
  // try_emplace does not move from its argument if the key exists, so `value` is still intact.
  if (name == sent) {
    return Error{Errc::invalid_argument,
                 fmt::format("The field \"{}\" occurs twice with different values. Send it once.", name)};
  }
  return Error{
      Errc::invalid_argument,
      fmt::format("The fields \"{}\" and \"{}\" mean the same but have different values. Send one of them.",
                  sent, name)};
}

std::optional<std::string_view> Fields::find(std::string_view name) const noexcept {
  const auto at = values_.find(name);
  if (at == values_.end()) return {};
  return at->second;
}

std::optional<std::string_view> Fields::non_empty(std::string_view name) const noexcept {
  const auto value = find(name);
  return value && !value->empty() ? value : std::nullopt;
}

Outcome<std::optional<bool>> Fields::boolean(std::string_view name) const {
  const auto value = find(name);
  if (!value) return std::optional<bool>();
  if (contains_word(*value, kTrueWords)) return std::optional<bool>(true);
  if (contains_word(*value, kFalseWords)) return std::optional<bool>(false);
  return Error{Errc::invalid_argument, fmt::format("The field \"{}\" must be true or false.", name)};
}

}  // namespace convert::server::api
