// SPDX-License-Identifier: MIT
#include "http/utf8.hpp"

namespace convert::server::http {
namespace {

unsigned char at(std::string_view text, std::size_t index) noexcept {
  return static_cast<unsigned char>(text[index]);
}

/// The bytes of the character that begins there; 0: it is ill-formed (the table 3-7 of the Unicode standard).
std::size_t character_size(std::string_view text) noexcept {
  const unsigned char first = at(text, 0);
  if (first < 0x80) return 1;
  if (first < 0xC2 || first > 0xF4) return 0;
  const std::size_t size = first < 0xE0 ? 2 : first < 0xF0 ? 3 : 4;
  if (text.size() < size) return 0;
  for (std::size_t i = 1; i < size; ++i) {
    if ((at(text, i) & 0xC0) != 0x80) return 0;
  }
  const unsigned char second = at(text, 1);
  if (first == 0xE0 && second < 0xA0) return 0;
  if (first == 0xED && second > 0x9F) return 0;
  if (first == 0xF0 && second < 0x90) return 0;
  if (first == 0xF4 && second > 0x8F) return 0;
  return size;
}

char byte(char32_t bits) noexcept { return static_cast<char>(static_cast<unsigned char>(bits)); }

}  // namespace

bool is_utf8(std::string_view text) noexcept {
  while (!text.empty()) {
    const std::size_t size = character_size(text);
    if (size == 0) return false;
    text.remove_prefix(size);
  }
  return true;
}

std::string_view utf8_prefix(std::string_view text, std::size_t most) noexcept {
  std::size_t used = 0;
  while (used < text.size()) {
    const std::size_t size = character_size(text.substr(used));
    if (size == 0 || used + size > most) break;
    used += size;
  }
  return text.substr(0, used);
}

char32_t next_character(std::string_view& text) noexcept {
  const std::size_t size = character_size(text);
  const unsigned char first = at(text, 0);
  if (size <= 1) {
    text.remove_prefix(1);
    return first;
  }
  char32_t character = first & (0xFFU >> (size + 1));
  for (std::size_t i = 1; i < size; ++i) character = (character << 6) | (at(text, i) & 0x3FU);
  text.remove_prefix(size);
  return character;
}

void append_utf8(std::string& text, char32_t character) {
  if (character < 0x80) {
    text += byte(character);
  } else if (character < 0x800) {
    text += {byte(0xC0 | (character >> 6)), byte(0x80 | (character & 0x3F))};
  } else if (character < 0x10000) {
    text += {byte(0xE0 | (character >> 12)), byte(0x80 | ((character >> 6) & 0x3F)),
             byte(0x80 | (character & 0x3F))};
  } else {
    text += {byte(0xF0 | (character >> 18)), byte(0x80 | ((character >> 12) & 0x3F)),
             byte(0x80 | ((character >> 6) & 0x3F)), byte(0x80 | (character & 0x3F))};
  }
}

}  // namespace convert::server::http
