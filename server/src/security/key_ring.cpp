// SPDX-License-Identifier: MIT
#include "security/key_ring.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "base/try.hpp"
#include "security/crypto.hpp"

namespace convert::server::security {
namespace {

constexpr std::size_t kSecretIdLength = 12;
constexpr std::size_t kMaxSecretIdLength = 32;
constexpr std::size_t kMinSecretBytes = 32;  // the size of the hash (RFC 7518, 3.2)
constexpr std::chrono::seconds kMinRefreshInterval(5);

bool is_secret_id(std::string_view id) {
  return !id.empty() && id.size() <= kMaxSecretIdLength && std::all_of(id.begin(), id.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
  });
}

Error invalid_secret(std::string message) { return {Errc::invalid_argument, std::move(message)}; }

Result<void> validate_secret(const Secret& secret) {
  if (!is_secret_id(secret.id)) {
    return invalid_secret(fmt::format("The id of a secret must have 1 to {} characters of A-Z a-z 0-9 _ -.",
                                      kMaxSecretIdLength));
  }
  if (secret.bytes.size() < kMinSecretBytes) {
    return invalid_secret(fmt::format("The secret {} is too short. It must have at least {} bytes.",
                                      secret.id, kMinSecretBytes));
  }
  return {};
}

bool same_secrets(const std::vector<Secret>& one, const std::vector<Secret>& other) {
  return std::equal(one.begin(), one.end(), other.begin(), other.end(), [](const Secret& a, const Secret& b) {
    return a.id == b.id && a.valid_from == b.valid_from && constant_time_equal(a.bytes, b.bytes);
  });
}

}  // namespace

Secret make_secret(Time from) { return {random_id(kSecretIdLength), random_bytes(kMinSecretBytes), from}; }

Result<KeyRing> KeyRing::make(std::vector<Secret> secrets) {
  if (secrets.empty()) return invalid_secret("At least one secret is required for signing.");
  for (const Secret& secret : secrets) {
    CONVERT_TRY(validate_secret(secret));
    const auto same_id = [&](const Secret& other) { return other.id == secret.id; };
    if (std::count_if(secrets.begin(), secrets.end(), same_id) > 1) {
      return invalid_secret(
          fmt::format("Two secrets have the id {}. Each secret needs its own id.", secret.id));
    }
  }
  std::stable_sort(secrets.begin(), secrets.end(),
                   [](const Secret& one, const Secret& other) { return one.valid_from > other.valid_from; });
  return KeyRing(std::move(secrets));
}

const Secret& KeyRing::signing_secret(Time now) const {
  const auto active = std::find_if(secrets_.begin(), secrets_.end(),
                                   [now](const Secret& secret) { return secret.valid_from <= now; });
  return active != secrets_.end() ? *active : secrets_.back();
}

const Secret* KeyRing::find(std::string_view id) const noexcept {
  const auto found =
      std::find_if(secrets_.begin(), secrets_.end(), [id](const Secret& secret) { return secret.id == id; });
  return found != secrets_.end() ? &*found : nullptr;
}

bool operator==(const KeyRing& one, const KeyRing& other) {
  return same_secrets(one.secrets_, other.secrets_);
}

SecretProvider::SecretProvider(KeyRing ring, Reload reload)
    : reload_(std::move(reload)), ring_(std::make_shared<const KeyRing>(std::move(ring))) {}

Result<std::unique_ptr<SecretProvider>> SecretProvider::make(std::vector<Secret> known, Reload reload,
                                                             Time now) {
  if (known.empty()) known.push_back(make_secret(now));
  CONVERT_TRY_ASSIGN(auto ring, KeyRing::make(std::move(known)));
  return std::unique_ptr<SecretProvider>(new SecretProvider(std::move(ring), std::move(reload)));
}

std::shared_ptr<const KeyRing> SecretProvider::ring() const {
  const std::scoped_lock lock(mutex_);
  return ring_;
}

std::uint64_t SecretProvider::generation() const noexcept {
  return generation_.load(std::memory_order_acquire);
}

bool SecretProvider::refresh(TimePoint now) {
  if (!reload_) return false;
  // One caller reloads; the others keep the current ring.
  const std::unique_lock refreshing(refresh_mutex_, std::try_to_lock);
  if (!refreshing || (last_refresh_ && now - *last_refresh_ < kMinRefreshInterval)) return false;
  last_refresh_ = now;
  auto ring = KeyRing::make(reload_secrets());
  if (!ring || *ring == *this->ring()) return false;
  const std::scoped_lock lock(mutex_);
  ring_ = std::make_shared<const KeyRing>(std::move(*ring));
  generation_.fetch_add(1, std::memory_order_acq_rel);
  return true;
}

std::vector<Secret> SecretProvider::reload_secrets() const {
  try {
    return reload_();
  } catch (...) {  // a callback of the host: any exception means that the ring is unchanged
    return {};
  }
}

}  // namespace convert::server::security
