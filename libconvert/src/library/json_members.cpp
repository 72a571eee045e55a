// SPDX-License-Identifier: MIT
#include "library/json_members.hpp"

namespace convert::library {

void member(base::JsonWriter& json, std::string_view name, std::string_view value) {
  if (!value.empty()) json.key(name).text(value);
}

void member(base::JsonWriter& json, std::string_view name, std::int64_t value) {
  if (value != 0) json.key(name).integer(value);
}

void member(base::JsonWriter& json, std::string_view name, const std::optional<std::uint64_t>& value) {
  if (value) json.key(name).unsigned_integer(*value);
}

void member(base::JsonWriter& json, std::string_view name,
            const std::optional<std::chrono::nanoseconds>& value) {
  if (value) json.key(name).seconds(*value);
}

void texts(base::JsonWriter& json, std::string_view name, std::span<const std::string_view> values) {
  list(json, name, values, [](base::JsonWriter& out, std::string_view value) { out.text(value); });
}

void write_warning(base::JsonWriter& json, const Warning& warning) {
  json.begin_object();
  json.key("code").text(to_string(warning.code));
  json.key("message").text(warning.message);
  json.end_object();
}

}  // namespace convert::library
