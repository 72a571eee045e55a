// SPDX-License-Identifier: MIT
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include <convert/result.hpp>
#include <convert/server/policy.hpp>

namespace convert::server::security {

/// A new random secret: 32 bytes and a random id.
Secret make_secret(Time from);

/// An immutable set of secrets. Thread-safe.
class KeyRing {
 public:
  /// Errors: `invalid_argument`: no secret, a duplicate or invalid id, or a secret that is too short.
  static Result<KeyRing> make(std::vector<Secret> secrets);

  /// The newest secret that is valid at `now`; the oldest secret if none is valid yet.
  const Secret& signing_secret(Time now) const;

  /// Null if the ring has no secret with this id. The pointer is valid as long as the ring.
  const Secret* find(std::string_view id) const noexcept;

  friend bool operator==(const KeyRing& one, const KeyRing& other);

 private:
  explicit KeyRing(std::vector<Secret> secrets) : secrets_(std::move(secrets)) {}
  std::vector<Secret> secrets_;  // newest first
};

/// Holds the current key ring, and reloads it after a rotation. Thread-safe.
class SecretProvider {
 public:
  using Reload = std::function<std::vector<Secret>()>;
  using TimePoint = std::chrono::steady_clock::time_point;

  /// An empty `known` generates a secret. With an empty `reload` the ring never changes.
  /// Errors: as KeyRing::make.
  static Result<std::unique_ptr<SecretProvider>> make(std::vector<Secret> known, Reload reload, Time now);

  /// The current ring. Never null.
  std::shared_ptr<const KeyRing> ring() const;

  /// Rises when the ring changes: then cached verifications are outdated.
  std::uint64_t generation() const noexcept;

  /// Calls `reload`, unless that happened less than 5 s ago or another thread is doing it. May block. Call it
  /// when a token or link names an unknown secret, before a token is signed, and periodically, so that old
  /// secrets expire. Returns whether the ring changed. A reload without a valid result, or one that throws,
  /// keeps the ring.
  bool refresh(TimePoint now);

 private:
  SecretProvider(KeyRing ring, Reload reload);
  std::vector<Secret> reload_secrets() const;

  const Reload reload_;
  mutable std::mutex mutex_;
  std::shared_ptr<const KeyRing> ring_;
  std::atomic<std::uint64_t> generation_{1};
  std::mutex refresh_mutex_;
  std::optional<TimePoint> last_refresh_{};
};

}  // namespace convert::server::security
