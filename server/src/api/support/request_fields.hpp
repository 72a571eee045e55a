// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <string_view>

namespace convert::server::api {

/// What a request is about, as far as the names of its fields depend on it.
enum class FieldContext : std::uint8_t { signup, login, account, password, key, task, list, conversion };

/// The name by which the server knows the field that a client calls `sent`: the same one, unless it is the
/// name of an older client. The only place that knows those.
std::string_view field_name(FieldContext context, std::string_view sent) noexcept;

}  // namespace convert::server::api
