// SPDX-License-Identifier: MIT
#include "security/access_token.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json/basic_parser_impl.hpp>
#include <cstdint>
#include <limits>
#include <optional>
#include <utility>
#include <vector>

#include "security/crypto.hpp"

namespace convert::server::security {
namespace {

using std::chrono::seconds;

constexpr std::string_view kIssuer = "convertd";
constexpr std::size_t kMaxTokenHeaderLength = 256;
constexpr std::size_t kMaxSubjectLength = 64;
constexpr seconds kLeeway(30);  // clock difference between machines

Error invalid_token() { return {Errc::invalid_argument, "Invalid token. Log in again."}; }
Error unknown_token_secret() { return {Errc::not_found, "Unknown token. Log in again."}; }
Error expired_token() { return {Errc::deadline_exceeded, "The token has expired. Log in again."}; }

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

/// The members of a JOSE header or a claims set, collected by Boost.JSON's parser. Rejects duplicate names
/// (RFC 7519, section 4), of which a parsed object would keep only the last.
class TokenMembers {
 public:
  // NOLINTBEGIN(readability-identifier-naming): Boost.JSON requires these names.
  static constexpr std::size_t max_object_size = 32;
  static constexpr std::size_t max_array_size = 0;
  static constexpr std::size_t max_key_size = kMaxTokenLength;
  static constexpr std::size_t max_string_size = kMaxTokenLength;
  using error_code = boost::json::error_code;
  using string_view = boost::json::string_view;
  // NOLINTEND(readability-identifier-naming)

  /// Empty unless `json` is one object of strings, integers, booleans and nulls. A string with an escape is
  /// rejected: tokens of this server have none.
  static std::optional<TokenMembers> parse(const std::string& json) {
    if (json.find('\\') != json.npos) return {};
    boost::json::parse_options options;
    options.max_depth = 1;
    boost::json::basic_parser<TokenMembers> parser(options);
    error_code failure;
    const auto size = parser.write_some(false, json.data(), json.size(), failure);
    if (failure || size != json.size()) return {};
    return std::move(parser.handler());
  }

  bool has(std::string_view name) const { return find(name) != nullptr; }
  std::optional<std::string_view> string(std::string_view name) const {
    const Member* member = find(name);
    return member && member->string ? std::optional<std::string_view>(*member->string) : std::nullopt;
  }
  std::optional<std::int64_t> integer(std::string_view name) const {
    const Member* member = find(name);
    return member ? member->integer : std::nullopt;
  }

  // Called by the parser. False ends it with an error.
  bool on_document_begin(error_code&) { return true; }
  bool on_document_end(error_code&) { return true; }
  bool on_object_begin(error_code&) { return is_object_ = true; }
  bool on_object_end(std::size_t, error_code&) { return true; }
  bool on_array_begin(error_code& code) { return reject(code); }
  bool on_array_end(std::size_t, error_code&) { return true; }
  bool on_key_part(string_view part, std::size_t, error_code&) { return collect(part); }
  bool on_key(string_view part, std::size_t, error_code& code) {
    collect(part);
    name_ = std::exchange(text_, {});
    return !has(name_) || reject(code);
  }
  bool on_string_part(string_view part, std::size_t, error_code&) { return collect(part); }
  bool on_string(string_view part, std::size_t, error_code& code) {
    collect(part);
    return add(std::exchange(text_, {}), std::nullopt, code);
  }
  bool on_number_part(string_view, error_code&) { return true; }
  bool on_int64(std::int64_t value, string_view, error_code& code) { return add({}, value, code); }
  bool on_uint64(std::uint64_t, string_view, error_code& code) { return add({}, {}, code); }
  bool on_double(double, string_view, error_code& code) { return add({}, {}, code); }
  bool on_bool(bool, error_code& code) { return add({}, {}, code); }
  bool on_null(error_code& code) { return add({}, {}, code); }
  bool on_comment_part(string_view, error_code&) { return true; }
  bool on_comment(string_view, error_code&) { return true; }

 private:
  struct Member {
    std::string name;
    std::optional<std::string> string;
    std::optional<std::int64_t> integer;
  };

  static bool reject(error_code& code) {
    code = boost::json::error::syntax;
    return false;
  }
  bool collect(string_view part) {
    text_.append(part.data(), part.size());
    return true;
  }
  bool add(std::optional<std::string> text, std::optional<std::int64_t> number, error_code& code) {
    if (!is_object_) return reject(code);
    members_.push_back({std::move(name_), std::move(text), number});
    return true;
  }
  const Member* find(std::string_view name) const {
    const auto found = std::find_if(members_.begin(), members_.end(),
                                    [&](const Member& member) { return member.name == name; });
    return found == members_.end() ? nullptr : &*found;
  }

  bool is_object_ = false;
  std::string name_, text_;
  std::vector<Member> members_;
};

/// Returns the secret id ("kid") of a valid header. The server chooses the algorithm, never the token (RFC
/// 8725, 3.1). Tokens with critical extensions ("crit") are rejected, because none is supported.
std::optional<std::string> parse_token_header(std::string_view header) {
  const auto json = base64url_decode(header);
  const auto fields = json ? TokenMembers::parse(*json) : std::nullopt;
  if (!fields || fields->string("alg") != "HS256" || fields->has("crit")) return {};
  if (fields->has("typ") && fields->string("typ") != "JWT") return {};
  const auto id = fields->string("kid");
  return id ? std::optional<std::string>(*id) : std::nullopt;
}

bool has_valid_signature(const TokenParts& parts, const Secret& secret) {
  const auto signature = base64url_decode(parts.signature);
  return signature && constant_time_equal(*signature, hmac_sha256(secret.bytes, parts.signed_text));
}

/// Accepts whole seconds from 1970 to the end of the year 9999.
std::optional<Time> parse_numeric_date(std::optional<std::int64_t> number) {
  constexpr std::int64_t kYear9999 = 253'402'300'799;
  if (!number || *number < 0 || *number > kYear9999) return {};
  return Time(seconds(*number));
}

/// Rejects claims that this server does not check: "aud" and "nbf" (RFC 7519, 4.1.3 and 4.1.5).
std::optional<TokenClaims> parse_claims(std::string_view payload) {
  const auto json = base64url_decode(payload);
  const auto fields = json ? TokenMembers::parse(*json) : std::nullopt;
  if (!fields || fields->string("iss") != kIssuer || fields->has("aud") || fields->has("nbf")) return {};
  const auto account = fields->string("sub");
  const auto epoch = fields->integer("ver");
  const auto issued = parse_numeric_date(fields->integer("iat"));
  const auto expires = parse_numeric_date(fields->integer("exp"));
  if (!account || account->empty() || account->size() > kMaxSubjectLength || !issued || !expires) return {};
  if (!epoch || *epoch < 0 || *epoch > std::numeric_limits<std::uint32_t>::max()) return {};
  return TokenClaims{std::string(*account), static_cast<std::uint32_t>(*epoch), *issued, *expires};
}

std::int64_t numeric_date(Time time) { return std::chrono::floor<seconds>(time.time_since_epoch()).count(); }

}  // namespace

std::string make_token(const TokenClaims& claims, const KeyRing& ring) {
  const Secret& secret = ring.signing_secret(claims.issued);
  // No escapes are needed: ids of secrets and accounts consist of letters, digits, "_" and "-".
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
