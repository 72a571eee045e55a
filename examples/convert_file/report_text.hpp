// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include <convert/convert.hpp>

namespace convert_file {

/// Formats "3.1 MB", in units of 1000 bytes.
std::string size_text(std::uint64_t bytes);
/// Formats "3:02", or "3:02.345" with `exact`.
std::string time_text(std::chrono::nanoseconds time, bool exact = false);
/// Formats "192 kbit/s".
std::string bitrate_text(std::int64_t bits_per_second);
/// Replaces control characters. File names and tags are untrusted.
std::string clean(std::string_view text);
/// Breaks `text` into lines of at most `width` columns; all but the first are indented by `indent` spaces.
std::string wrapped(std::string_view text, std::size_t indent, std::size_t width = 100);

/// Human-readable reports. Each ends with a line break.
std::string text_of(const convert::MediaInfo& info, std::string_view name);
std::string text_of(const convert::Plan& plan, std::span<const std::string> inputs, std::string_view output);
std::string text_of(std::span<const convert::Format> formats);

}  // namespace convert_file
