// SPDX-License-Identifier: MIT
#pragma once

#include <optional>
#include <string>
#include <string_view>

/// API keys: "cvk_" ID "_" SECRET, where ID is 12 characters of a-z2-7 and SECRET 32 random bytes in
/// base64url. The prefix lets scanners of leaked secrets find them. Only the hash of the secret is stored: it
/// has 256 random bits, so a fast hash is enough.
namespace convert::server::security {

struct NewApiKey {
  std::string id;
  std::string text;  ///< shown once, stored nowhere
  std::string hash;  ///< for ApiKey::hash
};
NewApiKey make_api_key();

/// Whether a credential is meant as an API key, and not as a token.
bool looks_like_api_key(std::string_view text) noexcept;

struct ParsedApiKey {
  std::string id;
  std::string hash;  ///< of its secret
};
/// Nothing: not of that form.
std::optional<ParsedApiKey> parse_api_key(std::string_view text);

/// Whether the credential is the stored key. `stored` is empty for an id that is not known: it is compared
/// with a hash that nobody has, so that the answer takes as long. In constant time.
bool api_key_matches(const ParsedApiKey& given, const std::optional<std::string>& stored);

}  // namespace convert::server::security
