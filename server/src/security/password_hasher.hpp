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

/// Argon2id (RFC 9106) by libsodium with 19 MiB and 2 passes, which is what OWASP's Password Storage Cheat
/// Sheet asks for at least. A call takes some 14 ms of a core and 19 MiB: only PasswordHasher and programs
/// that ask for one password call these.
namespace convert::server::security {

/// A text that holds parameters, salt and hash ("$argon2id$v=19$m=19456,t=2,p=1$..."). Another one each time.
/// Errors: `unavailable` (no memory for now).
Result<std::string> hash_password(std::string_view password);

/// Whether the password is the one of the hash; a damaged hash is nobody's. In constant time.
bool password_matches(const std::string& hash, std::string_view password);

/// Whether the hash was made with other parameters than `hash_password` uses now: make it anew when the
/// password is at hand.
bool needs_rehash(const std::string& hash);

/// Threads that do nothing but hash passwords, so that neither memory (19 MiB each) nor waiting grows without
/// bound however many log in. Thread-safe.
///
/// What is handed in is answered exactly once by `done`: in a thread of the pool, or, if the pool is full,
/// before the call returns (`unavailable`, retryable: come again after `retry_after`). `done` must not throw
/// and should only pass the answer on. Passwords are overwritten when they were used.
class PasswordHasher {
 public:
  struct Verification {
    bool matches = false;
    /// Of a right one whose hash is of older parameters: the new hash, to be stored.
    std::optional<std::string> rehashed{};
  };
  using HashCallback = std::function<void(Result<std::string>)>;
  using VerifyCallback = std::function<void(Result<Verification>)>;

  /// Of `passwords`, `threads` and `queue` are used. Throws std::system_error if no thread can be had.
  explicit PasswordHasher(const PasswordPolicy& passwords = {});
  /// Waits for those that run; those that wait are told `unavailable`.
  ~PasswordHasher();
  PasswordHasher(const PasswordHasher&) = delete;
  PasswordHasher& operator=(const PasswordHasher&) = delete;

  void hash(std::string password, HashCallback done);

  /// No hash, because there is no such account: takes as long as one that is wrong, and is wrong.
  void verify(std::optional<std::string> hash, std::string password, VerifyCallback done);

  /// After how long it makes sense to come again: what waits now, and up to 3 s at random, so that those who
  /// were refused together don't come back together. At least 1 s.
  std::chrono::seconds retry_after() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace convert::server::security
