// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string_view>

#include <convert/format.hpp>
#include <convert/output_spec.hpp>
#include <convert/result.hpp>

#include "base/json_writer.hpp"

namespace convert::library {

inline constexpr std::size_t kMaxSpecBytes = 65536;  // bytes of JSON
inline constexpr std::size_t kMaxTags = 256;
inline constexpr std::size_t kMaxTagNameBytes = 64;  // bytes, as all of these
inline constexpr std::size_t kMaxTagValueBytes = 32768;
inline constexpr std::size_t kMaxEntryBytes = 4096;
inline constexpr std::size_t kMaxNameBytes = 32;  // of formats and codecs

/// A row of the table that everything about OutputSpec's fields comes from.
struct OptionRow {
  SpecOption option;
  std::string_view noun;                                          ///< "bit rate": what a wrong value is not
  std::string_view example;                                       ///< "192k"
  bool (*read)(OutputSpec& spec, std::string_view text);          ///< false: `text` means nothing here
  bool (*is_set)(const OutputSpec& spec);                         ///< says something other than the default
  bool (*is_valid)(const OutputSpec& spec);                       ///< what is set is in its range
  void (*write)(base::JsonWriter& json, const OutputSpec& spec);  ///< the value alone
};

/// Every field, in the canonical order.
std::span<const OptionRow> option_rows() noexcept;

/// The field with that name, or null.
const OptionRow* find_option(std::string_view name) noexcept;

/// "bitrate: it may be 6000 to 5000000 bits per second, such as 192k"
Error invalid_value(const OptionRow& field);
/// "bitrate: "12x" is no bit rate; it may be ..."
Error invalid_value(const OptionRow& field, std::string_view text);

/// Sets one tag. Its name is put into lower case. On an error nothing changes.
Result<void> set_tag(OutputSpec& spec, std::string_view name, std::string_view value);

/// Checks a tag that is already in lower case.
Result<void> check_tag(std::string_view name, std::string_view value);

/// What `OutputSpec::level` may be.
struct LevelRange {
  int low = 0;
  int high = 0;
};

/// The levels of a codec in a format; nothing is known of those of other people's Converters.
std::optional<LevelRange> level_range(std::string_view format, std::string_view codec) noexcept;

}  // namespace convert::library
