// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>

namespace convert::server {

/// What one connection, and all of them, may take. Beyond a limit: 408, 413, 414, 431, 503, or the end.
struct HttpLimits {
  std::size_t header_bytes = 16 << 10;  ///< request line and fields together
  std::size_t target_bytes = 8 << 10;
  std::size_t fields = 100;
  std::size_t connections = 10'000;  ///< in all; lowered to what RLIMIT_NOFILE allows
  std::size_t connections_an_address = 256;
  std::chrono::milliseconds header{10'000};      ///< for the whole header, from its first byte
  std::chrono::milliseconds idle{75'000};        ///< between requests
  std::chrono::milliseconds body_idle{30'000};   ///< between two pieces of a body
  std::chrono::milliseconds write_idle{30'000};  ///< in which the client takes nothing
  std::uint32_t slowest_body = 1'024;            ///< bytes a second on average, after 30 s
  std::uint32_t slowest_write = 1'024;           ///< likewise
};

}  // namespace convert::server
