// SPDX-License-Identifier: MIT
#include "accounts/utf8.hpp"

#include <cstddef>

#include "json/utf8.hpp"

namespace convert::server::accounts {

std::optional<std::vector<char32_t>> characters_of(std::string_view text) {
  std::vector<char32_t> characters;
  while (!text.empty()) {
    const std::size_t length = json::utf8_length(text);
    if (length == 0) return {};
    char32_t character = static_cast<unsigned char>(text.front());
    if (length > 1) character &= 0x7FU >> length;  // less the bits that say how many follow
    for (const char byte : text.substr(1, length - 1)) {
      character = (character << 6U) | (static_cast<unsigned char>(byte) & 0x3FU);
    }
    characters.push_back(character);
    text.remove_prefix(length);
  }
  return characters;
}

}  // namespace convert::server::accounts
