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

/// A new random one: 32 bytes, and an id that is not in use.
Secret make_secret(Time from);

/// The secrets of one moment. Unchangeable, hence shared between threads without more ado.
class KeyRing {
 public:
  /// Errors: `invalid_argument`: none at all, an id twice, an id or a length that Secret does not permit.
  static Result<KeyRing> make(std::vector<Secret> secrets);

  /// The newest whose `from` has come; before all of them, the oldest.
  const Secret& signing_secret(Time now) const;

  /// Null: not of this ring. Lives as long as the ring.
  const Secret* find(std::string_view id) const noexcept;

  friend bool operator==(const KeyRing& one, const KeyRing& other);

 private:
  explicit KeyRing(std::vector<Secret> secrets) : secrets_(std::move(secrets)) {}
  std::vector<Secret> secrets_;  // the newest first
};

/// The ring in use, and how it is read anew when somebody has rotated it. Thread-safe.
class SecretProvider {
 public:
  using Reload = std::function<std::vector<Secret>()>;
  using TimePoint = std::chrono::steady_clock::time_point;

  /// An empty `known`: one is made up. An empty `reload`: the ring never changes.
  /// Errors: as KeyRing::make.
  static Result<std::unique_ptr<SecretProvider>> make(std::vector<Secret> known, Reload reload, Time now);

  /// Never null.
  std::shared_ptr<const KeyRing> ring() const;

  /// Counts the rings: what was verified with another one is to be verified again.
  std::uint64_t generation() const noexcept;

  /// Asks `reload`, unless that was done less than 5 s ago or is being done; may block. To be called when a
  /// token or link names an unknown secret, before a token is signed, and from time to time, so that old
  /// secrets go. Whether there is another ring now. A reload that gives nothing usable, or throws, leaves the
  /// ring.
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
