// SPDX-License-Identifier: MIT
#pragma once

#include <atomic>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace convert::server::http {

/// Names requests, so that an answer, a log line and a complaint can be brought together. Thread-safe.
class RequestIdGenerator {
 public:
  RequestIdGenerator();

  /// "3f9c01d2a7b4-1a": no other process makes it, nor this one again.
  std::string make() const;

  /// The client's own (X-Request-Id), if it is 1 to 64 characters of A-Z a-z 0-9 . _ -.
  static bool is_valid(std::string_view id) noexcept;

 private:
  std::string prefix_;
  mutable std::atomic<std::uint64_t> next_{1};
};

}  // namespace convert::server::http
