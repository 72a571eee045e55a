// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

namespace convert::storage {

/// CRC32C (Castagnoli, RFC 3720), by the processor's instruction where it has one.
std::uint32_t crc32c(std::span<const std::byte> bytes) noexcept;

/// The same by tables, on every processor. For tests.
std::uint32_t crc32c_by_tables(std::span<const std::byte> bytes) noexcept;

/// As S3 writes it: base64 of the four bytes, highest first.
std::string crc32c_text(std::span<const std::byte> bytes);

}  // namespace convert::storage
