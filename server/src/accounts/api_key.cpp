// SPDX-License-Identifier: MIT
#include "accounts/api_key.hpp"

#include <algorithm>
#include <utility>

#include "accounts/base64url.hpp"
#include "accounts/sodium.hpp"

namespace convert::server::accounts {
namespace {

constexpr std::string_view kPrefix = "cvk_";
constexpr std::size_t kIdCharacters = 12;
constexpr std::size_t kSecretBytes = 32;
constexpr std::size_t kSecretCharacters = 43;  // in base64url

bool is_id_character(char c) { return (c >= 'a' && c <= 'z') || (c >= '2' && c <= '7'); }

std::string hash_of(std::string_view secret) { return base64url(blake2b(secret)); }

}  // namespace

NewApiKey make_api_key() {
  NewApiKey key;
  key.id = random_id(kIdCharacters);
  const auto secret = random_bytes(kSecretBytes);
  key.hash = hash_of(secret);
  key.text.append(kPrefix).append(key.id).append("_").append(base64url(secret));
  return key;
}

bool looks_like_api_key(std::string_view text) noexcept { return text.starts_with(kPrefix); }

std::optional<ApiKeyParts> parse_api_key(std::string_view text) {
  if (!looks_like_api_key(text) || text.size() != kPrefix.size() + kIdCharacters + 1 + kSecretCharacters)
    return {};
  const auto id = text.substr(kPrefix.size(), kIdCharacters);
  if (!std::all_of(id.begin(), id.end(), is_id_character)) return {};
  if (text[kPrefix.size() + kIdCharacters] != '_') return {};
  const auto secret = from_base64url(text.substr(text.size() - kSecretCharacters));
  if (!secret) return {};
  return ApiKeyParts{std::string(id), hash_of(*secret)};
}

bool api_key_matches(const ApiKeyParts& given, const std::optional<std::string>& stored) {
  const std::string nobodys(given.hash.size(), '-');
  const bool same = same_secret(given.hash, stored ? *stored : nobodys);
  return same && stored.has_value();
}

}  // namespace convert::server::accounts
