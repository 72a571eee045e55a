// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include <convert/convert.hpp>

namespace convert_file {

/// "3.1 MB"; units of 1000 bytes.
std::string size_text(std::uint64_t bytes);
/// "3:02", or "3:02.345" with `exact`.
std::string time_text(std::chrono::nanoseconds time, bool exact = false);
/// "192 kbit/s"
std::string bitrate_text(std::int64_t bits_per_second);
/// Without what could steer a terminal: names and tags come from strangers.
std::string clean(std::string_view text);
/// `text` broken into lines of at most `width` columns, all but the first indented by `indent` spaces.
std::string wrapped(std::string_view text, std::size_t indent, std::size_t width = 100);

/// For people; each ends with a line break.
std::string text_of(const convert::MediaInfo& info, std::string_view name);
std::string text_of(const convert::Plan& plan, std::span<const std::string> inputs, std::string_view output);
std::string text_of(std::span<const convert::Format> formats);

}  // namespace convert_file
