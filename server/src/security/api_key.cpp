// SPDX-License-Identifier: MIT
#include "security/api_key.hpp"

#include <algorithm>
#include <utility>

#include "security/crypto.hpp"

namespace convert::server::security {
namespace {

constexpr std::string_view kApiKeyPrefix = "cvk_";
constexpr std::size_t kKeyIdLength = 12;
constexpr std::size_t kKeySecretBytes = 32;
constexpr std::size_t kKeySecretLength = 43;  // in base64url

bool is_key_id_character(char c) { return (c >= 'a' && c <= 'z') || (c >= '2' && c <= '7'); }

std::string hash_key_secret(std::string_view secret) { return base64url_encode(blake2b(secret)); }

}  // namespace

NewApiKey make_api_key() {
  NewApiKey key;
  key.id = random_id(kKeyIdLength);
  const auto secret = random_bytes(kKeySecretBytes);
  key.hash = hash_key_secret(secret);
  key.text.append(kApiKeyPrefix).append(key.id).append("_").append(base64url_encode(secret));
  return key;
}

bool looks_like_api_key(std::string_view text) noexcept { return text.starts_with(kApiKeyPrefix); }

std::optional<ParsedApiKey> parse_api_key(std::string_view text) {
  if (!looks_like_api_key(text) || text.size() != kApiKeyPrefix.size() + kKeyIdLength + 1 + kKeySecretLength)
    return {};
  const auto id = text.substr(kApiKeyPrefix.size(), kKeyIdLength);
  if (!std::all_of(id.begin(), id.end(), is_key_id_character)) return {};
  if (text[kApiKeyPrefix.size() + kKeyIdLength] != '_') return {};
  const auto secret = base64url_decode(text.substr(text.size() - kKeySecretLength));
  if (!secret) return {};
  return ParsedApiKey{std::string(id), hash_key_secret(*secret)};
}

bool api_key_matches(const ParsedApiKey& given, const std::optional<std::string>& stored) {
  const std::string dummy_hash(given.hash.size(), '-');
  const bool same = constant_time_equal(given.hash, stored ? *stored : dummy_hash);
  return same && stored.has_value();
}

}  // namespace convert::server::security
