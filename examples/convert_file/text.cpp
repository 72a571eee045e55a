// SPDX-License-Identifier: MIT
#include "text.hpp"

#include <fmt/format.h>

#include <array>

namespace convert_file {

std::string size_text(std::uint64_t bytes) {
  constexpr std::array units{"kB", "MB", "GB", "TB"};
  if (bytes < 1000) return fmt::format("{} bytes", bytes);
  auto value = static_cast<double>(bytes) / 1000;
  std::size_t unit = 0;
  while (value >= 999.95 && unit + 1 < units.size()) {
    value /= 1000;
    ++unit;
  }
  return fmt::format("{:.1f} {}", value, units[unit]);
}

std::string time_text(std::chrono::nanoseconds time, bool exact) {
  const auto rounded = exact ? std::chrono::round<std::chrono::milliseconds>(time)
                             : std::chrono::round<std::chrono::seconds>(time);
  const auto milliseconds = rounded.count();
  const auto hours = milliseconds / 3'600'000;
  const auto minutes = milliseconds / 60'000 % 60;
  const auto seconds = milliseconds / 1000 % 60;
  auto text = hours > 0 ? fmt::format("{}:{:02}:{:02}", hours, minutes, seconds)
                        : fmt::format("{}:{:02}", minutes, seconds);
  if (exact) text += fmt::format(".{:03}", milliseconds % 1000);
  return text;
}

std::string bitrate_text(std::int64_t bits_per_second) {
  return fmt::format("{:.0f} kbit/s", static_cast<double>(bits_per_second) / 1000);
}

std::string clean(std::string_view text) {
  std::string result;
  result.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto byte = static_cast<unsigned char>(text[i]);
    const auto next = i + 1 < text.size() ? static_cast<unsigned char>(text[i + 1]) : 0U;
    if (byte == 0xC2 && next >= 0x80 && next < 0xA0) {  // U+0080 to U+009F steer terminals too
      result += '?';
      ++i;
    } else {
      result += byte < 0x20 || byte == 0x7F ? '?' : text[i];
    }
  }
  return result;
}

std::string wrapped(std::string_view text, std::size_t indent, std::size_t width) {
  std::string result;
  std::size_t column = indent;
  while (!text.empty()) {
    const auto word = text.substr(0, text.find(' '));
    if (column > indent && column + 1 + word.size() > width) {
      result += '\n' + std::string(indent, ' ');
      column = indent;
    } else if (column > indent) {
      result += ' ';
      ++column;
    }
    result += word;
    column += word.size();
    text.remove_prefix(std::min(text.size(), word.size() + 1));
  }
  return result;
}

}  // namespace convert_file
