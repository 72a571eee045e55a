// SPDX-License-Identifier: MIT
#pragma once

#include <atomic>
#include <chrono>
#include <optional>
#include <string>
#include <string_view>

#include "net/http/http_message.hpp"

namespace convert::net {

/// A date as in the Date header (RFC 9110, IMF-fixdate only). Nothing if it is invalid.
std::optional<std::chrono::sys_seconds> parse_http_date(std::string_view text);
std::string format_http_date(std::chrono::sys_seconds time);

/// The time of a server, by the Date headers of its responses: signatures are valid although this host's
/// clock is wrong. One for each server. Thread-safe.
class ServerClock {
 public:
  /// Learns from a response that has just arrived. Ignores those from a cache (Age). Returns whether the
  /// offset changed by more than a minute: a request that was refused for its time can be signed anew.
  bool observe(const HttpResponseHead& response);

  /// The server's time; this host's own before the first `observe`.
  std::chrono::sys_seconds now() const;

  /// The server's time less this host's. Zero while they differ by less than a few seconds.
  std::chrono::seconds offset() const { return std::chrono::seconds(offset_.load()); }

 private:
  std::atomic<std::chrono::seconds::rep> offset_{0};
};

}  // namespace convert::net
