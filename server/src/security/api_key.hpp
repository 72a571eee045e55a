// SPDX-License-Identifier: MIT
#pragma once

#include <optional>
#include <string>
#include <string_view>

/// API keys: "cvk_" ID "_" SECRET, where ID is 12 characters of a-z2-7 and SECRET is 32 random bytes in
/// base64url. Secret scanners find keys by the prefix. Only a hash of the secret is stored. A fast hash is
/// sufficient, because the secret has 256 random bits. Thread-safe.
namespace convert::server::security {

struct NewApiKey {
  std::string id;
  std::string text;  ///< the key; shown once, never stored
  std::string hash;  ///< for ApiKey::hash
};
NewApiKey make_api_key();

/// Whether a credential has the prefix of an API key; otherwise it is a token.
bool looks_like_api_key(std::string_view text) noexcept;

struct ParsedApiKey {
  std::string id;
  std::string hash;  ///< of the secret
};
/// Empty if the text is not an API key.
std::optional<ParsedApiKey> parse_api_key(std::string_view text);

/// Compares the hash of a credential with the stored one, in constant time. `stored` is empty for an unknown
/// id: then the comparison takes as long and fails.
bool api_key_matches(const ParsedApiKey& given, const std::optional<std::string>& stored);

}  // namespace convert::server::security
