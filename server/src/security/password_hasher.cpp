// SPDX-License-Identifier: MIT
#include "security/password_hasher.hpp"

#include <sodium.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <optional>

#include "security/sodium.hpp"

namespace convert::server::security {
namespace {

constexpr unsigned long long kArgon2Passes = 2;
constexpr std::size_t kArgon2MemoryBytes = std::size_t{19} << 20;

using HashText = std::array<char, crypto_pwhash_argon2id_STRBYTES>;

/// Ended by a zero, as libsodium reads it.
std::optional<HashText> to_hash_text(const std::string& hash) {
  HashText text{};
  if (hash.size() >= text.size()) return {};
  std::copy(hash.begin(), hash.end(), text.begin());
  return text;
}

}  // namespace

Result<std::string> hash_password(std::string_view password) {
  ensure_sodium();
  HashText text{};
  if (crypto_pwhash_argon2id_str(text.data(), password.data(), password.size(), kArgon2Passes,
                                 kArgon2MemoryBytes) != 0) {
    return Error{Errc::unavailable, "There is no memory to hash a password: try again soon.", true};
  }
  return std::string(text.data());
}

bool password_matches(const std::string& hash, std::string_view password) {
  ensure_sodium();
  const auto text = to_hash_text(hash);
  return text && crypto_pwhash_argon2id_str_verify(text->data(), password.data(), password.size()) == 0;
}

bool needs_rehash(const std::string& hash) {
  ensure_sodium();
  const auto text = to_hash_text(hash);
  return !text ||
         crypto_pwhash_argon2id_str_needs_rehash(text->data(), kArgon2Passes, kArgon2MemoryBytes) != 0;
}

}  // namespace convert::server::security
