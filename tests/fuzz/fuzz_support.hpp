// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace convert::fuzz {

inline std::string_view text_of(const std::uint8_t* data, std::size_t size) {
  return {reinterpret_cast<const char*>(data), size};
}

/// Takes one byte off the front; 0 if there is none.
inline std::uint8_t take_byte(std::string_view& text) {
  if (text.empty()) return 0;
  const auto byte = static_cast<std::uint8_t>(text.front());
  text.remove_prefix(1);
  return byte;
}

/// Takes what stands before the first "\n" off the front, and it.
inline std::string_view take_line(std::string_view& text) {
  const std::string_view line = text.substr(0, text.find('\n'));
  text.remove_prefix(std::min(line.size() + 1, text.size()));
  return line;
}

/// Cuts a text into pieces of sizes that follow from a seed: the first kinds of seed give bytes and pairs.
/// Each piece is a copy of its own, so that a look beyond it is noticed.
class InputPieces {
 public:
  InputPieces(std::string_view text, std::uint8_t seed) : text_(text), state_(seed) {}
  bool done() const { return text_.empty(); }
  std::string next() {
    state_ = state_ * 1'103'515'245U + 12'345U;
    const std::size_t size = state_ % 4 == 0 ? 1 : 1 + (state_ >> 16) % 40;
    std::string piece(text_.substr(0, size));
    text_.remove_prefix(piece.size());
    return piece;
  }

 private:
  std::string_view text_;
  std::uint32_t state_;
};

}  // namespace convert::fuzz
