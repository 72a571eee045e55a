// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <span>
#include <string_view>

#include <convert/output_spec.hpp>
#include <convert/result.hpp>

#include "base/json_writer.hpp"

namespace convert::library {

inline constexpr std::size_t kMaxSpecBytes = 65536;  // bytes of JSON
inline constexpr std::size_t kMaxTags = 256;
inline constexpr std::size_t kMaxTagNameBytes = 64;  // in bytes, as are the following
inline constexpr std::size_t kMaxTagValueBytes = 32768;
inline constexpr std::size_t kMaxEntryBytes = 4096;
inline constexpr std::size_t kMaxNameBytes = 32;  // of formats and codecs

/// A row of the table of options, from which parsing, validation, JSON and help texts are made.
struct OptionRow {
  SpecOption option;
  std::string_view stored_name;  ///< the key in `to_json(OutputSpec)`, also accepted as a name ("bitrate")
  std::string_view example;      ///< "192k"
  bool (*read)(OutputSpec& spec, std::string_view text);  ///< false if `text` is not valid
  bool (*is_set)(const OutputSpec& spec);                 ///< whether it differs from the default
  bool (*is_valid)(const OutputSpec& spec);               ///< whether the value, which is set, is in range
  void (*write)(base::JsonWriter& json, const OutputSpec& spec);  ///< writes the value
};

/// Every option, in the order of the canonical JSON.
std::span<const OptionRow> option_rows() noexcept;

/// The option with this name or stored name, or null.
const OptionRow* find_option(std::string_view name) noexcept;

/// "audio_bitrate must be 6000 to 5000000 bits per second, such as 192k."
Error invalid_value(const OptionRow& row);
/// "audio_bitrate must be 6000 to 5000000 bits per second, such as 192k, not "12x"."
Error invalid_value(const OptionRow& row, std::string_view text);

/// Sets a tag; its name is converted to lower case. On an error nothing changes.
Result<void> set_tag(OutputSpec& spec, std::string_view name, std::string_view value);

/// Checks a tag whose name is in lower case. Errors: `invalid_argument`.
Result<void> check_tag(std::string_view name, std::string_view value);

}  // namespace convert::library
