// SPDX-License-Identifier: MIT
#include "accounts/utf8.hpp"

#include <cstddef>

namespace convert::server::accounts {
namespace {

/// What the first byte of a character says of it.
struct Lead {
  std::size_t length = 0;  // 0: no first byte
  char32_t bits = 0;
  char32_t least = 0;  // that needs so many bytes
};

Lead lead_of(unsigned char byte) {
  if (byte < 0x80) return {1, byte, 0};
  if (byte >= 0xC2 && byte < 0xE0) return {2, byte & 0x1FU, 0x80};
  if (byte >= 0xE0 && byte < 0xF0) return {3, byte & 0x0FU, 0x800};
  if (byte >= 0xF0 && byte < 0xF5) return {4, byte & 0x07U, 0x10000};
  return {};
}

bool may_be(char32_t character) {
  return character <= 0x10FFFF && (character < 0xD800 || character > 0xDFFF);
}

}  // namespace

std::optional<std::vector<char32_t>> characters_of(std::string_view text) {
  std::vector<char32_t> characters;
  while (!text.empty()) {
    const Lead lead = lead_of(static_cast<unsigned char>(text.front()));
    if (lead.length == 0 || lead.length > text.size()) return {};
    char32_t character = lead.bits;
    for (std::size_t at = 1; at < lead.length; ++at) {
      const auto byte = static_cast<unsigned char>(text[at]);
      if ((byte & 0xC0U) != 0x80U) return {};
      character = (character << 6U) | (byte & 0x3FU);
    }
    if (character < lead.least || !may_be(character)) return {};
    characters.push_back(character);
    text.remove_prefix(lead.length);
  }
  return characters;
}

}  // namespace convert::server::accounts
