// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include <convert/result.hpp>
#include <convert/server/server_policy.hpp>

namespace convert::server::security {

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
