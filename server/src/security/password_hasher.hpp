// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include <convert/result.hpp>
#include <convert/server/policy.hpp>

/// Argon2id (RFC 9106) with 19 MiB and 2 passes, the minimum of OWASP's Password Storage Cheat Sheet. A call
/// takes about 14 ms of one core and 19 MiB. The server calls these functions through PasswordHasher only.
namespace convert::server::security {

/// Returns parameters, a new random salt and the hash as text ("$argon2id$v=19$m=19456,t=2,p=1$...").
/// Errors: `unavailable` (not enough memory).
Result<std::string> hash_password(std::string_view password);

/// Compares in constant time. A malformed hash matches no password.
bool password_matches(const std::string& hash, std::string_view password);

/// Whether the hash has other parameters than `hash_password` uses: replace it at the next successful login.
bool needs_rehash(const std::string& hash);

/// Threads that hash passwords. Bounds memory (19 MiB a thread) and waiting time under many concurrent
/// logins. Thread-safe.
///
/// Each call invokes `done` exactly once: on a thread of the pool, or, if the queue is full, before the call
/// returns
/// (`unavailable`, retryable after `retry_after`). `done` must not throw and should return quickly. Passwords
/// are overwritten after use.
class PasswordHasher {
 public:
  struct Verification {
    bool matches = false;
    /// The new hash to store, if the password matches and the hash has outdated parameters.
    std::optional<std::string> rehashed{};
  };
  using HashCallback = std::function<void(Result<std::string>)>;
  using VerifyCallback = std::function<void(Result<Verification>)>;

  /// Uses `hash_threads` and `max_queued` of the policy. Throws std::system_error if no thread can be
  /// started.
  explicit PasswordHasher(const PasswordPolicy& passwords = {});
  /// Waits for running calls. Queued calls fail with `unavailable`.
  ~PasswordHasher();
  PasswordHasher(const PasswordHasher&) = delete;
  PasswordHasher& operator=(const PasswordHasher&) = delete;

  void hash(std::string password, HashCallback done);

  /// Without a hash (the account does not exist) the call takes as long as with a wrong password, and fails.
  void verify(std::optional<std::string> hash, std::string password, VerifyCallback done);

  /// When to retry after `unavailable`: the current waiting time plus up to 3 s of jitter, at least 1 s.
  std::chrono::seconds retry_after() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace convert::server::security
