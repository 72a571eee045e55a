// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>

namespace convert::server {

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
