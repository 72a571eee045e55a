// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include <convert/media_info.hpp>

#include "base/json_writer.hpp"

/// Members of JSON objects that several things have.
namespace convert::library {

// Unknown is said by a zero, an empty text or an empty optional: these write nothing then.
void member(base::JsonWriter& json, std::string_view name, std::string_view value);
void member(base::JsonWriter& json, std::string_view name, std::int64_t value);
void member(base::JsonWriter& json, std::string_view name, const std::optional<std::uint64_t>& value);
void member(base::JsonWriter& json, std::string_view name,
            const std::optional<std::chrono::nanoseconds>& value);

template <class Range, class Write>
void list(base::JsonWriter& json, std::string_view name, const Range& range, Write write) {
  json.key(name).begin_array();
  for (const auto& item : range) write(json, item);
  json.end_array();
}

void texts(base::JsonWriter& json, std::string_view name, std::span<const std::string_view> values);
void write_warning(base::JsonWriter& json, const Warning& warning);

}  // namespace convert::library
