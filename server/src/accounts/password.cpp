// SPDX-License-Identifier: MIT
#include "accounts/password.hpp"

#include <sodium.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <optional>

#include "accounts/sodium.hpp"

namespace convert::server::accounts {
namespace {

constexpr unsigned long long kPasses = 2;
constexpr std::size_t kMemory = std::size_t{19} << 20;

using Text = std::array<char, crypto_pwhash_argon2id_STRBYTES>;

/// Ended by a zero, as libsodium reads it.
std::optional<Text> text_of(const std::string& hash) {
  Text text{};
  if (hash.size() >= text.size()) return {};
  std::copy(hash.begin(), hash.end(), text.begin());
  return text;
}

}  // namespace

Result<std::string> hash_password(std::string_view password) {
  need_sodium();
  Text text{};
  if (crypto_pwhash_argon2id_str(text.data(), password.data(), password.size(), kPasses, kMemory) != 0) {
    return Error{Errc::unavailable, "There is no memory to hash a password: try again soon.", true};
  }
  return std::string(text.data());
}

bool password_matches(const std::string& hash, std::string_view password) {
  need_sodium();
  const auto text = text_of(hash);
  return text && crypto_pwhash_argon2id_str_verify(text->data(), password.data(), password.size()) == 0;
}

bool needs_rehash(const std::string& hash) {
  need_sodium();
  const auto text = text_of(hash);
  return !text || crypto_pwhash_argon2id_str_needs_rehash(text->data(), kPasses, kMemory) != 0;
}

}  // namespace convert::server::accounts
