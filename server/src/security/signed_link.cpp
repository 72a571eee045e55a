// SPDX-License-Identifier: MIT
#include "security/signed_link.hpp"

#include <fmt/format.h>

#include <charconv>
#include <chrono>
#include <optional>

#include "security/crypto.hpp"

namespace convert::server::security {
namespace {

using std::chrono::seconds;

constexpr std::size_t kMaxLinkLength = 128;
constexpr std::size_t kMaxExpiryDigits = 12;

Error invalid_link() { return {Errc::invalid_argument, "Invalid link. Request a new one."}; }
Error unknown_link_secret() { return {Errc::not_found, "Unknown link. Request a new one."}; }
Error expired_link() { return {Errc::deadline_exceeded, "The link has expired. Request a new one."}; }

struct LinkParts {
  std::string_view key_id, expires, mac;
};

std::optional<LinkParts> split_link(std::string_view link) {
  if (link.size() > kMaxLinkLength) return {};
  const std::size_t one = link.find('.');
  if (one == link.npos) return {};
  const std::size_t two = link.find('.', one + 1);
  if (two == link.npos) return {};
  return LinkParts{link.substr(0, one), link.substr(one + 1, two - one - 1), link.substr(two + 1)};
}

std::optional<seconds> parse_expiry(std::string_view digits) {
  std::int64_t count = 0;
  const auto [end, failure] = std::from_chars(digits.data(), digits.data() + digits.size(), count);
  if (digits.empty() || digits.size() > kMaxExpiryDigits || failure != std::errc() ||
      end != digits.data() + digits.size() || count < 0) {
    return {};
  }
  return seconds(count);
}

/// Derives a key for links, because the secret signs tokens too: a token must never verify as a link, or the
/// reverse.
std::string link_mac(const LinkSubject& subject, std::string_view expires, const Secret& secret) {
  const auto key = hmac_sha256(secret.bytes, "convertd link 1");
  return hmac_sha256(key,
                     fmt::format("{}\n{}\n{}\n{}", subject.task, subject.account, subject.epoch, expires));
}

}  // namespace

std::string make_link(const LinkSubject& subject, Time expires, const KeyRing& ring, Time now) {
  const Secret& secret = ring.signing_secret(now);
  const auto end = fmt::format("{}", std::chrono::ceil<seconds>(expires.time_since_epoch()).count());
  return fmt::format("{}.{}.{}", secret.id, end, base64url_encode(link_mac(subject, end, secret)));
}

Result<Time> verify_link(std::string_view link, const LinkSubject& subject, const KeyRing& ring, Time now) {
  const auto parts = split_link(link);
  const auto expires = parts ? parse_expiry(parts->expires) : std::nullopt;
  const auto mac = parts ? base64url_decode(parts->mac) : std::nullopt;
  if (!expires || !mac) return invalid_link();
  const Secret* secret = ring.find(parts->key_id);
  if (!secret) return unknown_link_secret();
  if (!constant_time_equal(*mac, link_mac(subject, parts->expires, *secret))) return invalid_link();
  const Time end(*expires);
  if (end <= now) return expired_link();
  return end;
}

}  // namespace convert::server::security
