// SPDX-License-Identifier: MIT
#pragma once

#include <atomic>
#include <chrono>
#include <convert/server/options.hpp>
#include <convert/server/policy.hpp>
#include <convert/server/router.hpp>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <stop_token>
#include <string>
#include <string_view>

#include "http/connection/blocking_pool.hpp"
#include "http/connection/body_reader.hpp"
#include "http/connection/connection_registry.hpp"
#include "http/content/cors.hpp"

namespace convert::server::http {

/// Generates request ids, which connect responses, log lines and reports. Thread-safe.
class RequestIdGenerator {
 public:
  RequestIdGenerator();

  /// A new id such as "3f9c01d2a7b4-1a", unique across processes.
  std::string make() const;

  /// Whether a client's X-Request-Id is accepted: 1 to 64 characters of A-Z a-z 0-9 . _ -.
  static bool is_valid(std::string_view id) noexcept;

 private:
  std::string prefix_;
  mutable std::atomic<std::uint64_t> next_{1};
};

/// Interprets client addresses. Callbacks are thread-safe; empty ones are not called.
struct ClientAddressPolicy {
  /// Whether the address is exempt from limits per address.
  std::function<bool(std::string_view address)> is_exempt{};
  /// The client's address: derived from the header fields if `address` is a trusted proxy, else `address`.
  std::function<std::string(std::string_view address, std::span<const FieldView> fields)> client_address{};
};

/// Shared by all connections of a server. Outlives them.
struct ServerContext {
  const Router& router;
  BlockingPool& pool;
  const RequestIdGenerator& ids;
  HttpLimits limits{};
  Cors cors{{}};
  ClientAddressPolicy client_addresses{};
  std::function<void(const AccessLogEntry&)> log{};  ///< thread-safe
  std::stop_token closing{};
  NowFunction now = &std::chrono::steady_clock::now;
  std::shared_ptr<Body> no_body = std::make_shared<NoBody>();  ///< for all requests without a body
};

}  // namespace convert::server::http
