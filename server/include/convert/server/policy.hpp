// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>

#include <convert/storage.hpp>

/// What limits who may try what: plain values, for options.hpp.
namespace convert::server {

/// So many in that time, evenly. After a silence `burst` may come at once; 0: as many as `events`.
struct RateLimit {
  std::uint32_t events = 0;  ///< 0: no limit
  std::chrono::milliseconds interval{1'000};
  std::uint32_t burst = 0;
};

/// Beyond one of them: 429 with Retry-After. Counted in this process.
struct RateLimits {
  RateLimit per_address{1'000, std::chrono::seconds(1),
                        5'000};  ///< requests of one address (IPv6: of its /64)
  RateLimit per_account{1'000, std::chrono::seconds(1), 5'000};  ///< requests of one account
  RateLimit login{300, std::chrono::minutes(1), 300};            ///< logins of one address, good ones too
  RateLimit signup{100, std::chrono::hours(1), 200};             ///< sign-ups of one address
  /// Wrong passwords for one account, or one name that is nobody's, from one address. Nobody is exempt from
  /// these two.
  RateLimit password_failures{10, std::chrono::minutes(15), 10};
  RateLimit password_failures_per_address{100, std::chrono::minutes(15),
                                          100};  ///< wrong passwords from one address
};

/// What a password has to be, and how its hashing is bounded.
struct PasswordPolicy {
  std::size_t min_length = 8;  ///< characters
  bool require_lower = false;  ///< each: at least one of that class
  bool require_upper = false;
  bool require_digit = false;
  bool require_symbol = false;
  unsigned hash_threads = 0;  ///< that hash, 19 MiB each; 0: one for each core
  unsigned max_queued = 256;  ///< for a thread; more are 503
};

/// A key that signs tokens and links: the newest whose `from` has come signs, all verify.
struct Secret {
  std::string id;     ///< 1 to 32 characters of A-Z a-z 0-9 _ -
  std::string bytes;  ///< at least 32
  Time valid_from{};
};

/// What one connection, and all of them, may take. Beyond a limit: 408, 413, 414, 431, 503, or the end.
struct HttpLimits {
  std::size_t max_header_bytes = 16 << 10;  ///< request line and fields together
  std::size_t max_target_bytes = 8 << 10;
  std::size_t max_fields = 100;
  std::size_t max_connections = 10'000;  ///< in all; lowered to what RLIMIT_NOFILE allows
  std::size_t max_connections_per_address = 256;
  std::chrono::milliseconds header_timeout{10'000};     ///< for the whole header, from its first byte
  std::chrono::milliseconds idle_timeout{75'000};       ///< between requests
  std::chrono::milliseconds body_read_timeout{30'000};  ///< between two pieces of a body
  std::chrono::milliseconds write_timeout{30'000};      ///< in which the client takes nothing
  std::uint32_t min_body_rate = 1'024;                  ///< bytes a second on average, after 30 s
  std::uint32_t min_write_rate = 1'024;                 ///< likewise
};

}  // namespace convert::server
