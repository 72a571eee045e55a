// SPDX-License-Identifier: MIT
#include "accounts/token.hpp"

#include <fmt/format.h>

#include <limits>
#include <optional>
#include <utility>

#include "accounts/base64url.hpp"
#include "accounts/flat_json.hpp"
#include "accounts/sodium.hpp"

namespace convert::server::accounts {
namespace {

using std::chrono::seconds;

constexpr std::string_view kIssuer = "convertd";
constexpr std::size_t kLongestHeader = 256;
constexpr std::size_t kLongestAccount = 64;
constexpr seconds kLeeway(30);  // for clocks of several machines

Error void_token() { return {Errc::invalid_argument, "This token is not valid: log in again."}; }
Error unknown_secret() { return {Errc::not_found, "This token is not valid here: log in again."}; }
Error expired() { return {Errc::deadline_exceeded, "This token has expired: log in again."}; }

/// The parts of "header.payload.signature", as received.
struct Parts {
  std::string_view header, payload, signature, signed_text;
};

std::optional<Parts> parts_of(std::string_view token) {
  if (token.size() > kLongestToken) return {};
  const std::size_t one = token.find('.');
  if (one == token.npos || one > kLongestHeader) return {};
  const std::size_t two = token.find('.', one + 1);
  if (two == token.npos || token.find('.', two + 1) != token.npos) return {};
  return Parts{token.substr(0, one), token.substr(one + 1, two - one - 1), token.substr(two + 1),
               token.substr(0, two)};
}

/// The id of the secret that a header names, if it is one of ours. What it asks for is never done: the
/// algorithm is ours to choose (RFC 8725, 3.1), and an extension that must be understood ("crit") is not.
std::optional<std::string> key_id_of(std::string_view header) {
  const auto json = from_base64url(header);
  const auto fields = json ? FlatJson::parse(*json) : std::nullopt;
  if (!fields || fields->text("alg") != "HS256" || fields->has("crit")) return {};
  if (fields->has("typ") && fields->text("typ") != "JWT") return {};
  const auto id = fields->text("kid");
  return id ? std::optional<std::string>(*id) : std::nullopt;
}

bool is_signed(const Parts& parts, const Secret& secret) {
  const auto signature = from_base64url(parts.signature);
  return signature && same_secret(*signature, hmac_sha256(secret.bytes, parts.signed_text));
}

/// A NumericDate of whole seconds between 1970 and the year 9999.
std::optional<Time> time_of(std::optional<std::int64_t> number) {
  constexpr std::int64_t kLast = 253'402'300'799;
  if (!number || *number < 0 || *number > kLast) return {};
  return Time(seconds(*number));
}

/// Claims that ask for more than we check (RFC 7519, 4.1.3 and 4.1.5) are not ours.
std::optional<Claims> claims_of(std::string_view payload) {
  const auto json = from_base64url(payload);
  const auto fields = json ? FlatJson::parse(*json) : std::nullopt;
  if (!fields || fields->text("iss") != kIssuer || fields->has("aud") || fields->has("nbf")) return {};
  const auto account = fields->text("sub");
  const auto epoch = fields->number("ver");
  const auto issued = time_of(fields->number("iat"));
  const auto expires = time_of(fields->number("exp"));
  if (!account || account->empty() || account->size() > kLongestAccount || !issued || !expires) return {};
  if (!epoch || *epoch < 0 || *epoch > std::numeric_limits<std::uint32_t>::max()) return {};
  return Claims{std::string(*account), static_cast<std::uint32_t>(*epoch), *issued, *expires};
}

std::int64_t number_of(Time time) { return std::chrono::floor<seconds>(time.time_since_epoch()).count(); }

}  // namespace

std::string make_token(const Claims& claims, const KeyRing& ring) {
  const Secret& secret = ring.signer(claims.issued);
  // Nothing here needs an escape: ids of secrets and accounts are of letters, digits, "_" and "-".
  const auto header = fmt::format(R"({{"alg":"HS256","typ":"JWT","kid":"{}"}})", secret.id);
  const auto payload =
      fmt::format(R"({{"iss":"{}","sub":"{}","iat":{},"exp":{},"ver":{}}})", kIssuer, claims.account,
                  number_of(claims.issued), number_of(claims.expires), claims.epoch);
  const auto text = fmt::format("{}.{}", base64url(header), base64url(payload));
  return fmt::format("{}.{}", text, base64url(hmac_sha256(secret.bytes, text)));
}

Result<Claims> verify_token(std::string_view token, const KeyRing& ring, Time now) {
  const auto parts = parts_of(token);
  if (!parts) return void_token();
  const auto id = key_id_of(parts->header);
  if (!id) return void_token();
  const Secret* secret = ring.find(*id);
  if (!secret) return unknown_secret();
  if (!is_signed(*parts, *secret)) return void_token();
  auto claims = claims_of(parts->payload);
  if (!claims || claims->issued > now + kLeeway) return void_token();
  if (claims->expires <= now) return expired();
  return std::move(*claims);
}

}  // namespace convert::server::accounts
