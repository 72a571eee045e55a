// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

// Reads and writes numbers and text in big-endian and little-endian order.

namespace convert::media {

inline std::uint32_t read_be32(std::span<const std::byte> bytes, std::size_t i) {
  std::uint32_t value = 0;
  for (std::size_t j = 0; j < 4; ++j) value = value << 8u | std::to_integer<std::uint32_t>(bytes[i + j]);
  return value;
}

inline std::uint32_t read_le32(std::span<const std::byte> bytes, std::size_t i) {
  std::uint32_t value = 0;
  for (std::size_t j = 4; j-- > 0;) value = value << 8u | std::to_integer<std::uint32_t>(bytes[i + j]);
  return value;
}

inline void put_u8(std::vector<std::byte>& out, unsigned value) {
  out.push_back(static_cast<std::byte>(value & 0xffu));
}

inline void put_be32(std::vector<std::byte>& out, std::uint32_t value) {
  for (unsigned shift = 32; shift > 0; shift -= 8) put_u8(out, value >> (shift - 8));
}

inline void put_le32(std::vector<std::byte>& out, std::uint32_t value) {
  for (unsigned shift = 0; shift < 32; shift += 8) put_u8(out, value >> shift);
}

inline void put_text(std::vector<std::byte>& out, std::string_view text) {
  for (const char c : text) out.push_back(static_cast<std::byte>(c));
}

}  // namespace convert::media
