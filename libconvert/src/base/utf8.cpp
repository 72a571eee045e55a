// SPDX-License-Identifier: MIT
#include "base/utf8.hpp"

namespace convert::base {
namespace {

char byte(char32_t bits) noexcept { return static_cast<char>(static_cast<unsigned char>(bits)); }

}  // namespace

std::size_t utf8_sequence_length(std::string_view text) noexcept {
  if (text.empty()) return 0;
  const auto at = [&](std::size_t i) -> unsigned { return static_cast<unsigned char>(text[i]); };
  const unsigned first = at(0);
  if (first < 0x80) return 1;
  const std::size_t length = first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : 2;
  if (first < 0xC2 || first > 0xF4 || text.size() < length) return 0;
  for (std::size_t i = 1; i < length; ++i) {
    if ((at(i) & 0xC0U) != 0x80U) return 0;
  }
  // Table 3-7 of the Unicode standard.
  const unsigned second = at(1);
  const bool overlong = (first == 0xE0 && second < 0xA0) || (first == 0xF0 && second < 0x90);
  const bool surrogate = first == 0xED && second > 0x9F;
  const bool beyond = first == 0xF4 && second > 0x8F;
  return overlong || surrogate || beyond ? 0 : length;
}

bool is_utf8(std::string_view text) noexcept { return utf8_prefix(text).size() == text.size(); }

bool is_storable(std::string_view text) noexcept {
  return text.find('\0') == std::string_view::npos && is_utf8(text);
}

std::string_view utf8_prefix(std::string_view text, std::size_t max_bytes) noexcept {
  std::size_t used = 0;
  while (used < text.size()) {
    const std::size_t length = utf8_sequence_length(text.substr(used));
    if (length == 0 || length > max_bytes - used) break;
    used += length;
  }
  return text.substr(0, used);
}

char32_t take_code_point(std::string_view& text) noexcept {
  const std::size_t length = utf8_sequence_length(text);
  char32_t character = static_cast<unsigned char>(text.front());
  if (length > 1) character &= 0x7FU >> length;  // without the bits that encode the length
  for (std::size_t i = 1; i < length; ++i) {
    character = (character << 6U) | (static_cast<unsigned char>(text[i]) & 0x3FU);
  }
  text.remove_prefix(length > 1 ? length : 1);
  return character;
}

void append_utf8(std::string& text, char32_t character) {
  const auto following = [&](unsigned shift) { text += byte(0x80 | ((character >> shift) & 0x3F)); };
  if (character < 0x80) {
    text += byte(character);
  } else if (character < 0x800) {
    text += byte(0xC0 | (character >> 6));
    following(0);
  } else if (character < 0x10000) {
    text += byte(0xE0 | (character >> 12));
    following(6);
    following(0);
  } else {
    text += byte(0xF0 | (character >> 18));
    following(12);
    following(6);
    following(0);
  }
}

std::string repair_utf8(std::string text) {
  if (is_utf8(text)) return text;
  std::string result;
  for (std::string_view rest = text; !rest.empty();) {
    const std::string_view good = utf8_prefix(rest);
    result += good;
    rest.remove_prefix(good.size());
    if (rest.empty()) break;
    result += "\xEF\xBF\xBD";
    rest.remove_prefix(1);
  }
  return result;
}

std::string make_storable(std::string text) {
  if (is_storable(text)) return text;
  std::string repaired = repair_utf8(std::move(text));
  for (std::size_t at = repaired.find('\0'); at != repaired.npos; at = repaired.find('\0', at))
    repaired.replace(at, 1, "\xEF\xBF\xBD");
  return repaired;
}

}  // namespace convert::base
