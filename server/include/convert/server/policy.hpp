// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>

#include <convert/storage.hpp>

/// Limits and policies of the server as plain values, used by options.hpp.
namespace convert::server {

/// A token bucket: `events` per `interval` on average, `burst` at once after a pause (0: `events`).
struct RateLimit {
  std::uint32_t events = 0;  ///< 0: unlimited
  std::chrono::milliseconds interval{1'000};
  std::uint32_t burst = 0;
};

/// Rate limits. A request beyond one of them gets 429 with Retry-After. Requests are counted per process.
/// Logins, sign-ups and wrong passwords are counted by the AccountStore, for all hosts that share it.
struct RateLimits {
  RateLimit per_address{1'000, std::chrono::seconds(1), 5'000};  ///< requests per address (IPv6: per /64)
  RateLimit per_account{1'000, std::chrono::seconds(1), 5'000};  ///< requests per account
  RateLimit login{300, std::chrono::minutes(1), 300};  ///< logins per address, successful ones included
  RateLimit signup{100, std::chrono::hours(1), 200};   ///< sign-ups per address
  /// Wrong passwords per address and account, also for unknown names. No address is exempt from this limit
  /// and the next.
  RateLimit password_failures{10, std::chrono::minutes(15), 10};
  RateLimit password_failures_per_address{100, std::chrono::minutes(15),
                                          100};  ///< wrong passwords per address
};

/// Requirements for passwords, and limits of their hashing.
struct PasswordPolicy {
  std::size_t min_length = 8;  ///< characters
  bool require_lower = false;  ///< each: at least one character of this class
  bool require_upper = false;
  bool require_digit = false;
  bool require_symbol = false;
  unsigned hash_threads = 0;  ///< threads that hash, with 19 MiB each; 0: one per core
  unsigned max_queued = 256;  ///< requests waiting for a thread; beyond it 503
};

/// A key that signs tokens and links. The newest one whose `valid_from` has passed signs; all verify.
struct Secret {
  std::string id;     ///< 1 to 32 characters of A-Z a-z 0-9 _ -
  std::string bytes;  ///< at least 32
  Time valid_from{};
};

/// Limits of the HTTP layer. Beyond a limit: 408, 413, 414, 431, 503, or the connection is closed.
struct HttpLimits {
  std::size_t max_header_bytes = 16 << 10;  ///< request line and fields together
  std::size_t max_target_bytes = 8 << 10;
  std::size_t max_fields = 100;
  std::size_t max_connections = 10'000;  ///< total; lowered to what RLIMIT_NOFILE allows
  std::size_t max_connections_per_address = 256;
  std::chrono::milliseconds header_timeout{10'000};     ///< for the whole header, from its first byte
  std::chrono::milliseconds idle_timeout{75'000};       ///< between requests
  std::chrono::milliseconds body_read_timeout{30'000};  ///< between two reads of a body
  std::chrono::milliseconds write_timeout{30'000};      ///< without progress while sending
  std::uint32_t min_body_rate = 1'024;                  ///< bytes per second on average, after 30 s
  std::uint32_t min_write_rate = 1'024;                 ///< as above
};

}  // namespace convert::server
