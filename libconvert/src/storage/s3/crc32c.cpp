// SPDX-License-Identifier: MIT
#include "storage/s3/crc32c.hpp"

#include <array>
#include <cstring>

#include "net/support/digest.hpp"

namespace convert::storage {
namespace {

constexpr std::uint32_t kPolynomial = 0x82f63b78;  // reversed

using CrcTable = std::array<std::uint32_t, 256>;

constexpr CrcTable first_crc_table() {
  CrcTable table{};
  for (std::uint32_t byte = 0; byte < table.size(); ++byte) {
    std::uint32_t value = byte;
    for (int bit = 0; bit < 8; ++bit) value = (value >> 1) ^ ((value & 1) != 0 ? kPolynomial : 0);
    table[byte] = value;
  }
  return table;
}

/// Table k advances a byte by k further zero bytes: four bytes are looked up at once.
constexpr std::array<CrcTable, 4> crc_tables() {
  std::array<CrcTable, 4> tables{first_crc_table()};
  for (std::size_t k = 1; k < tables.size(); ++k) {
    for (std::size_t byte = 0; byte < tables[k].size(); ++byte) {
      const std::uint32_t before = tables[k - 1][byte];
      tables[k][byte] = (before >> 8) ^ tables[0][before & 0xff];
    }
  }
  return tables;
}

constexpr std::array<CrcTable, 4> kCrcTables = crc_tables();

std::uint32_t add_by_tables(std::uint32_t crc, std::span<const std::byte> bytes) noexcept {
  for (; bytes.size() >= 4; bytes = bytes.subspan(4)) {
    for (std::size_t at = 0; at < 4; ++at) crc ^= std::to_integer<std::uint32_t>(bytes[at]) << (8 * at);
    crc = kCrcTables[3][crc & 0xff] ^ kCrcTables[2][(crc >> 8) & 0xff] ^ kCrcTables[1][(crc >> 16) & 0xff] ^
          kCrcTables[0][crc >> 24];
  }
  for (const std::byte byte : bytes)
    crc = (crc >> 8) ^ kCrcTables[0][(crc ^ std::to_integer<std::uint32_t>(byte)) & 0xff];
  return crc;
}

#if defined(__x86_64__)
__attribute__((target("sse4.2"))) std::uint32_t add_by_instruction(
    std::uint32_t crc, std::span<const std::byte> bytes) noexcept {
  std::uint64_t wide = crc;
  for (; bytes.size() >= sizeof wide; bytes = bytes.subspan(sizeof wide)) {
    std::uint64_t word = 0;
    std::memcpy(&word, bytes.data(), sizeof word);
    wide = __builtin_ia32_crc32di(wide, word);
  }
  crc = static_cast<std::uint32_t>(wide);
  for (const std::byte byte : bytes) crc = __builtin_ia32_crc32qi(crc, std::to_integer<unsigned char>(byte));
  return crc;
}
#endif

}  // namespace

std::uint32_t crc32c_by_tables(std::span<const std::byte> bytes) noexcept {
  return ~add_by_tables(~std::uint32_t{0}, bytes);
}

std::uint32_t crc32c(std::span<const std::byte> bytes) noexcept {
#if defined(__x86_64__)
  if (__builtin_cpu_supports("sse4.2")) return ~add_by_instruction(~std::uint32_t{0}, bytes);
#endif
  return crc32c_by_tables(bytes);
}

std::string crc32c_text(std::span<const std::byte> bytes) {
  const std::uint32_t value = crc32c(bytes);
  std::array<std::byte, 4> big_endian{};
  for (std::size_t at = 0; at < big_endian.size(); ++at)
    big_endian[at] = static_cast<std::byte>(value >> (24 - 8 * at));
  return net::base64(big_endian);
}

}  // namespace convert::storage
