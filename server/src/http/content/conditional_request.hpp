// SPDX-License-Identifier: MIT
#pragma once

#include <optional>
#include <span>
#include <string_view>

#include <convert/server/field.hpp>

#include "http/message/http_date.hpp"

namespace convert::server::http {

/// Validators of the current representation.
struct Validators {
  std::string_view etag{};  ///< with quotes, and `W/` if weak; empty: none
  std::optional<Seconds> last_modified{};
};

enum class ConditionResult : std::uint8_t { proceed, not_modified, failed };  ///< 2xx, 304, 412

/// Evaluates If-Match, If-Unmodified-Since, If-None-Match and If-Modified-Since in their order of precedence
/// (RFC 9110, 13.2.2) for an existing resource.
ConditionResult evaluate_conditions(Method method, std::span<const FieldView> fields,
                                    const Validators& validators, Seconds now);

/// Parses an entity tag, optionally with `W/`. nullopt: not a tag.
struct EntityTag {
  std::string_view text;  ///< with quotes
  bool weak = false;
};
std::optional<EntityTag> parse_entity_tag(std::string_view text) noexcept;

}  // namespace convert::server::http
