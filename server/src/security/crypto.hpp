// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

/// Cryptographic functions of libsodium on strings. Each initializes libsodium. Thread-safe.
namespace convert::server::security {

/// Initializes libsodium. Throws std::runtime_error if the system has no source of randomness.
void ensure_sodium();

std::string random_bytes(std::size_t count);

/// A text of a-z2-7 with five random bits in each character.
std::string random_id(std::size_t characters);

/// HMAC-SHA-256 (RFC 2104). Returns 32 bytes.
std::string hmac_sha256(std::string_view key, std::string_view text);

/// BLAKE2b (RFC 7693) without a key. Returns 32 bytes.
std::string blake2b(std::string_view text);

/// Compares in a time that depends on the lengths only.
bool constant_time_equal(std::string_view first, std::string_view second) noexcept;

/// Overwrites the memory of the text, then clears it.
void secure_wipe(std::string& text) noexcept;

/// Base64 for URLs without padding (RFC 4648, section 5; RFC 7515, section 2).
std::string base64url_encode(std::string_view bytes);

/// Empty if the text is not canonical: another alphabet, padding, an impossible length, or unused bits that
/// are not zero.
std::optional<std::string> base64url_decode(std::string_view text);

}  // namespace convert::server::security
