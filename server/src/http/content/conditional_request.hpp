// SPDX-License-Identifier: MIT
#pragma once

#include <optional>
#include <span>
#include <string_view>

#include <convert/server/field.hpp>

#include "http/message/http_date.hpp"

namespace convert::server::http {

/// What is known of the state that would be sent.
struct Validators {
  std::string_view etag{};  ///< with its quotes, `W/` in front of a weak one; empty: none
  std::optional<Seconds> last_modified{};
};

enum class ConditionResult : std::uint8_t { proceed, not_modified, failed };  ///< 2xx, 304, 412

/// If-Match, If-Unmodified-Since, If-None-Match, If-Modified-Since, in this order of precedence (RFC 9110,
/// 13.2.2), for something that exists.
ConditionResult evaluate_conditions(Method method, std::span<const FieldView> fields,
                                    const Validators& validators, Seconds now);

/// The tag of an ETag or If-Range: `W/` may be in front. nullopt: none.
struct EntityTag {
  std::string_view text;  ///< with its quotes
  bool weak = false;
};
std::optional<EntityTag> parse_entity_tag(std::string_view text) noexcept;

}  // namespace convert::server::http
