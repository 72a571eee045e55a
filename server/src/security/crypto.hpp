// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

/// What the room needs of libsodium, with strings. Thread-safe.
/// RFC 4648's base64 for URLs, without padding (RFC 7515, section 2).
namespace convert::server::security {

/// Before any other call to libsodium. Throws std::runtime_error where the system has no randomness.
void ensure_sodium();

std::string random_bytes(std::size_t count);

/// `characters` of a-z2-7, five random bits each.
std::string random_id(std::size_t characters);

/// HMAC-SHA-256 (RFC 2104): 32 bytes.
std::string hmac_sha256(std::string_view key, std::string_view text);

/// BLAKE2b (RFC 7693) without a key: 32 bytes.
std::string blake2b(std::string_view text);

/// Whether they are equal, in a time that depends on their lengths only.
bool constant_time_equal(std::string_view first, std::string_view second) noexcept;

/// Overwrites the text and empties it.
void secure_wipe(std::string& text) noexcept;

std::string base64url_encode(std::string_view bytes);

/// Nothing if it is not what `base64url` writes: another alphabet, padding, a length that cannot be, or last
/// bits that are not 0 (of which two texts would mean the same).
std::optional<std::string> base64url_decode(std::string_view text);

}  // namespace convert::server::security
