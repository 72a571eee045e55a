// SPDX-License-Identifier: MIT
#include "accounts/link.hpp"

#include <fmt/format.h>

#include <charconv>
#include <chrono>
#include <optional>

#include "accounts/base64url.hpp"
#include "accounts/sodium.hpp"

namespace convert::server::accounts {
namespace {

using std::chrono::seconds;

constexpr std::size_t kLongestLink = 128;
constexpr std::size_t kMostDigits = 12;

Error void_link() { return {Errc::invalid_argument, "This link is not valid: ask for a new one."}; }
Error unknown_secret() { return {Errc::not_found, "This link is not valid here: ask for a new one."}; }
Error expired() { return {Errc::deadline_exceeded, "This link has expired: ask for a new one."}; }

struct Parts {
  std::string_view key_id, expires, mac;
};

std::optional<Parts> parts_of(std::string_view link) {
  if (link.size() > kLongestLink) return {};
  const std::size_t one = link.find('.');
  if (one == link.npos) return {};
  const std::size_t two = link.find('.', one + 1);
  if (two == link.npos) return {};
  return Parts{link.substr(0, one), link.substr(one + 1, two - one - 1), link.substr(two + 1)};
}

std::optional<seconds> seconds_of(std::string_view digits) {
  std::int64_t count = 0;
  const auto [end, failure] = std::from_chars(digits.data(), digits.data() + digits.size(), count);
  if (digits.empty() || digits.size() > kMostDigits || failure != std::errc() ||
      end != digits.data() + digits.size() || count < 0) {
    return {};
  }
  return seconds(count);
}

/// A secret signs tokens too: neither may ever be taken for the other.
std::string mac_of(const LinkSubject& subject, std::string_view expires, const Secret& secret) {
  const auto key = hmac_sha256(secret.bytes, "convertd link 1");
  return hmac_sha256(key,
                     fmt::format("{}\n{}\n{}\n{}", subject.task, subject.account, subject.epoch, expires));
}

}  // namespace

std::string make_link(const LinkSubject& subject, Time expires, const KeyRing& ring, Time now) {
  const Secret& secret = ring.signer(now);
  const auto end = fmt::format("{}", std::chrono::ceil<seconds>(expires.time_since_epoch()).count());
  return fmt::format("{}.{}.{}", secret.id, end, base64url(mac_of(subject, end, secret)));
}

Result<Time> verify_link(std::string_view link, const LinkSubject& subject, const KeyRing& ring, Time now) {
  const auto parts = parts_of(link);
  const auto expires = parts ? seconds_of(parts->expires) : std::nullopt;
  const auto mac = parts ? from_base64url(parts->mac) : std::nullopt;
  if (!expires || !mac) return void_link();
  const Secret* secret = ring.find(parts->key_id);
  if (!secret) return unknown_secret();
  if (!same_secret(*mac, mac_of(subject, parts->expires, *secret))) return void_link();
  const Time end(*expires);
  if (end <= now) return expired();
  return end;
}

}  // namespace convert::server::accounts
