// SPDX-License-Identifier: MIT
#include "http/content/conditional_request.hpp"

#include "http/message/field_values.hpp"

namespace convert::server::http {
namespace {

/// Whether a list of tags matches; nullopt: there is no such field.
std::optional<bool> tag_list_matches(std::span<const FieldView> fields, std::string_view name,
                                     std::string_view etag, bool weak_comparison) {
  const auto own = parse_entity_tag(etag);
  std::optional<bool> result;
  for (const FieldView& field : fields) {
    if (!equals_ignore_case(field.name, name)) continue;
    result = result.value_or(false) || trim(field.value) == "*";
    for (const std::string_view element : list_elements(field.value)) {
      const auto tag = parse_entity_tag(element);
      if (!tag || !own || tag->text != own->text) continue;
      if (weak_comparison || (!tag->weak && !own->weak)) result = true;
    }
  }
  return result;
}

/// The date in a field; nullopt: missing or malformed, which is ignored.
std::optional<Seconds> find_date(std::span<const FieldView> fields, std::string_view name, Seconds now) {
  for (const FieldView& field : fields) {
    if (equals_ignore_case(field.name, name)) return parse_http_date(trim(field.value), now);
  }
  return {};
}

}  // namespace

ConditionResult evaluate_conditions(Method method, std::span<const FieldView> fields,
                                    const Validators& validators, Seconds now) {
  const bool reads = method == Method::get || method == Method::head;
  if (const auto match = tag_list_matches(fields, "If-Match", validators.etag, false)) {
    if (!*match) return ConditionResult::failed;
  } else if (const auto since = find_date(fields, "If-Unmodified-Since", now)) {
    if (validators.last_modified && *validators.last_modified > *since) return ConditionResult::failed;
  }
  if (const auto match = tag_list_matches(fields, "If-None-Match", validators.etag, true)) {
    if (!*match) return ConditionResult::proceed;
    return reads ? ConditionResult::not_modified : ConditionResult::failed;
  }
  const auto since = reads ? find_date(fields, "If-Modified-Since", now) : std::nullopt;
  const bool unchanged = since && validators.last_modified && *validators.last_modified <= *since;
  return unchanged ? ConditionResult::not_modified : ConditionResult::proceed;
}

std::optional<EntityTag> parse_entity_tag(std::string_view text) noexcept {
  EntityTag tag{text, text.starts_with("W/")};
  if (tag.weak) tag.text.remove_prefix(2);
  if (tag.text.size() < 2 || tag.text.front() != '"' || tag.text.back() != '"') return {};
  for (const char byte : tag.text.substr(1, tag.text.size() - 2)) {
    if (static_cast<unsigned char>(byte) <= 0x20 || byte == '"' || byte == 0x7F) return {};
  }
  return tag;
}

}  // namespace convert::server::http
