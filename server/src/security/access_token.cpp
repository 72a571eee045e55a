// SPDX-License-Identifier: MIT
#include "security/access_token.hpp"

#include <fmt/format.h>

#include <limits>
#include <optional>
#include <utility>

#include "security/crypto.hpp"
#include "security/flat_json.hpp"

namespace convert::server::security {
namespace {

using std::chrono::seconds;

constexpr std::string_view kIssuer = "convertd";
constexpr std::size_t kMaxTokenHeaderLength = 256;
constexpr std::size_t kMaxSubjectLength = 64;
constexpr seconds kLeeway(30);  // for clocks of several machines

Error invalid_token() { return {Errc::invalid_argument, "This token is not valid: log in again."}; }
Error unknown_token_secret() { return {Errc::not_found, "This token is not valid here: log in again."}; }
Error expired_token() { return {Errc::deadline_exceeded, "This token has expired: log in again."}; }

/// The parts of "header.payload.signature", as received.
struct TokenParts {
  std::string_view header, payload, signature, signed_text;
};

std::optional<TokenParts> split_token(std::string_view token) {
  if (token.size() > kMaxTokenLength) return {};
  const std::size_t one = token.find('.');
  if (one == token.npos || one > kMaxTokenHeaderLength) return {};
  const std::size_t two = token.find('.', one + 1);
  if (two == token.npos || token.find('.', two + 1) != token.npos) return {};
  return TokenParts{token.substr(0, one), token.substr(one + 1, two - one - 1), token.substr(two + 1),
                    token.substr(0, two)};
}

/// The id of the secret that a header names, if it is one of ours. What it asks for is never done: the
/// algorithm is ours to choose (RFC 8725, 3.1), and an extension that must be understood ("crit") is not.
std::optional<std::string> parse_token_header(std::string_view header) {
  const auto json = base64url_decode(header);
  const auto fields = json ? FlatJson::parse(*json) : std::nullopt;
  if (!fields || fields->text("alg") != "HS256" || fields->has("crit")) return {};
  if (fields->has("typ") && fields->text("typ") != "JWT") return {};
  const auto id = fields->text("kid");
  return id ? std::optional<std::string>(*id) : std::nullopt;
}

bool has_valid_signature(const TokenParts& parts, const Secret& secret) {
  const auto signature = base64url_decode(parts.signature);
  return signature && constant_time_equal(*signature, hmac_sha256(secret.bytes, parts.signed_text));
}

/// A NumericDate of whole seconds between 1970 and the year 9999.
std::optional<Time> parse_numeric_date(std::optional<std::int64_t> number) {
  constexpr std::int64_t kYear9999 = 253'402'300'799;
  if (!number || *number < 0 || *number > kYear9999) return {};
  return Time(seconds(*number));
}

/// Claims that ask for more than we check (RFC 7519, 4.1.3 and 4.1.5) are not ours.
std::optional<TokenClaims> parse_claims(std::string_view payload) {
  const auto json = base64url_decode(payload);
  const auto fields = json ? FlatJson::parse(*json) : std::nullopt;
  if (!fields || fields->text("iss") != kIssuer || fields->has("aud") || fields->has("nbf")) return {};
  const auto account = fields->text("sub");
  const auto epoch = fields->number("ver");
  const auto issued = parse_numeric_date(fields->number("iat"));
  const auto expires = parse_numeric_date(fields->number("exp"));
  if (!account || account->empty() || account->size() > kMaxSubjectLength || !issued || !expires) return {};
  if (!epoch || *epoch < 0 || *epoch > std::numeric_limits<std::uint32_t>::max()) return {};
  return TokenClaims{std::string(*account), static_cast<std::uint32_t>(*epoch), *issued, *expires};
}

std::int64_t numeric_date(Time time) { return std::chrono::floor<seconds>(time.time_since_epoch()).count(); }

}  // namespace

std::string make_token(const TokenClaims& claims, const KeyRing& ring) {
  const Secret& secret = ring.signing_secret(claims.issued);
  // Nothing here needs an escape: ids of secrets and accounts are of letters, digits, "_" and "-".
  const auto header = fmt::format(R"({{"alg":"HS256","typ":"JWT","kid":"{}"}})", secret.id);
  const auto payload =
      fmt::format(R"({{"iss":"{}","sub":"{}","iat":{},"exp":{},"ver":{}}})", kIssuer, claims.account,
                  numeric_date(claims.issued), numeric_date(claims.expires), claims.epoch);
  const auto text = fmt::format("{}.{}", base64url_encode(header), base64url_encode(payload));
  return fmt::format("{}.{}", text, base64url_encode(hmac_sha256(secret.bytes, text)));
}

Result<TokenClaims> verify_token(std::string_view token, const KeyRing& ring, Time now) {
  const auto parts = split_token(token);
  if (!parts) return invalid_token();
  const auto id = parse_token_header(parts->header);
  if (!id) return invalid_token();
  const Secret* secret = ring.find(*id);
  if (!secret) return unknown_token_secret();
  if (!has_valid_signature(*parts, *secret)) return invalid_token();
  auto claims = parse_claims(parts->payload);
  if (!claims || claims->issued > now + kLeeway) return invalid_token();
  if (claims->expires <= now) return expired_token();
  return std::move(*claims);
}

}  // namespace convert::server::security
