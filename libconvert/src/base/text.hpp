// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

/// Text for messages, and comparisons of names.
namespace convert::base {

/// `text` with its ASCII letters in lower case; other bytes stay.
std::string lower_case(std::string_view text);

/// Whether two texts are equal except for the case of ASCII letters.
bool equal_ignoring_case(std::string_view a, std::string_view b) noexcept;

/// Whether `text` is UTF-8 without control characters. `line_breaks` allows line feeds, carriage returns and
/// tabs.
bool is_clean_text(std::string_view text, bool line_breaks = false) noexcept;

/// `text` in double quotes for a message: at most about 60 bytes, with "?" for control characters and invalid
/// bytes.
std::string in_quotes(std::string_view text);

/// The Levenshtein distance: how many bytes to insert, remove or change to turn one text into the other.
std::size_t edit_distance(std::string_view from, std::string_view to);

}  // namespace convert::base
