// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <convert/engine.hpp>
#include <convert/server/accounts.hpp>
#include <convert/server/http.hpp>
#include <convert/server/policy.hpp>

namespace convert::server {

/// How the HTTP API behaves. Every limit has a default that is safe on the open internet.
struct ApiOptions {
  std::shared_ptr<AccountStore> accounts{};  ///< empty: memory
  std::vector<Secret> secrets{};             ///< empty: one made up, void when the process ends
  /// Asked from time to time, before a token is signed, and when one names a secret that is not known; at
  /// most once in 5 s. May block.
  std::function<std::vector<Secret>()> reload_secrets{};
  /// Instead of tokens and keys: who asks? nullopt: nobody, 401. The identity's `account` owns the jobs.
  /// Asked once a request: an event stream that it has let in lasts until it ends by itself, in an hour.
  std::function<Async<Result<std::optional<Identity>>>(Request&)> authenticate{};
  std::chrono::seconds token_ttl{24 * 3600};
  std::chrono::seconds link_ttl{900};

  bool allow_signup = true;  ///< whether strangers may make accounts
  PasswordPolicy password_policy{};
  Quota default_quota{std::uint64_t{20} << 30, std::uint64_t{5} << 30, 2'000,
                      100};  ///< of accounts without their own
  RateLimits rate_limits{};
  /// CIDRs without limits on requests, logins, sign-ups and connections: this machine itself.
  std::vector<std::string> exempt_networks{"127.0.0.0/8", "::1/128"};
  std::vector<std::string> trusted_proxies{};  ///< CIDRs whose X-Forwarded-For is believed
  std::vector<std::string> cors_origins{};     ///< "*", or origins as browsers send them; empty: none

  unsigned max_uploads = 256;                    ///< at once; more are 503
  unsigned max_streaming_conversions = 4;        ///< streaming conversions at once; more are 503
  unsigned max_event_streams = 5'000;            ///< event streams at once; more are 503
  unsigned max_event_streams_per_account = 100;  ///< more are 429
  unsigned blocking_threads = 0;                 ///< for calls that block; 0: 4, and two for each core
  std::uint64_t max_hashed_bytes = std::uint64_t{256} << 20;  ///< larger inputs are not compared for reuse
  bool redirect_downloads = false;  ///< to the storage's own signed address, where it has one
  HttpLimits http{};
  std::function<void(const LogLine&)> log{};  ///< from any thread; never a secret, a query or a content
};

}  // namespace convert::server
