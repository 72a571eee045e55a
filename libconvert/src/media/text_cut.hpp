// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <string_view>

namespace convert::media {

/// The begin of `text`, at most `bytes` long, without cutting a character in two.
inline std::string_view cut_utf8(std::string_view text, std::size_t bytes) {
  if (text.size() <= bytes) return text;
  while (bytes > 0 && (static_cast<unsigned char>(text[bytes]) & 0xc0u) == 0x80) --bytes;
  return text.substr(0, bytes);
}

}  // namespace convert::media
