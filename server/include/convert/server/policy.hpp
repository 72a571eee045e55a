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
struct Rate {
  std::uint32_t events = 0;  ///< 0: no limit
  std::chrono::milliseconds in{1'000};
  std::uint32_t burst = 0;
};

/// Beyond one of them: 429 with Retry-After. Counted in this process.
struct Rates {
  Rate address{1'000, std::chrono::seconds(1), 5'000};  ///< requests of one address (IPv6: of its /64)
  Rate account{1'000, std::chrono::seconds(1), 5'000};  ///< requests of one account
  Rate login{300, std::chrono::minutes(1), 300};        ///< logins of one address, good ones too
  Rate signup{100, std::chrono::hours(1), 200};         ///< sign-ups of one address
  /// Wrong passwords for one account, or one name that is nobody's, from one address. Nobody is exempt from
  /// these two.
  Rate failures{10, std::chrono::minutes(15), 10};
  Rate failures_address{100, std::chrono::minutes(15), 100};  ///< wrong passwords from one address
};

/// What a password has to be, and how its hashing is bounded.
struct Passwords {
  std::size_t least = 8;  ///< characters
  bool lower = false;     ///< each: at least one of that class
  bool upper = false;
  bool digit = false;
  bool other = false;
  unsigned threads = 0;    ///< that hash, 19 MiB each; 0: one for each core
  unsigned waiting = 256;  ///< for a thread; more are 503
};

/// A key that signs tokens and links: the newest whose `from` has come signs, all verify.
struct Secret {
  std::string id;     ///< 1 to 32 characters of A-Z a-z 0-9 _ -
  std::string bytes;  ///< at least 32
  Time from{};
};

}  // namespace convert::server
