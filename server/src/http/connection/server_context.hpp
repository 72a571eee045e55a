// SPDX-License-Identifier: MIT
#pragma once

#include <atomic>
#include <chrono>
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

/// What is known of addresses. All thread-safe; empty: nothing is known.
struct ClientAddressPolicy {
  /// From limits by address.
  std::function<bool(std::string_view address)> is_exempt{};
  /// Who asks, if `address` is that of a trusted proxy: by the fields that it has added.
  std::function<std::string(std::string_view address, std::span<const FieldView> fields)> client_address{};
};

/// A request that has been answered, for the log.
struct AccessLogEntry {
  std::string_view id;
  std::string_view method;
  std::string_view path;  ///< as received, without the query: that may hold secrets
  std::string_view address;
  unsigned status = 0;
  std::uint64_t bytes = 0;  ///< sent
  std::chrono::milliseconds took{};
  bool constant = false;  ///< asked often, and says nothing new: a health check
  /// Why the connection ended before the answer did, or what the handler has thrown; else empty.
  std::string_view error{};
};

/// What all connections of a server share. Outlives them.
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
  std::shared_ptr<Body> no_body = std::make_shared<NoBody>();  ///< of all requests that have none
};

}  // namespace convert::server::http
