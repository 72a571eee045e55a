// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <convert/engine.hpp>
#include <convert/server/accounts.hpp>
#include <convert/server/http.hpp>
#include <convert/server/policy.hpp>

namespace convert::server {

/// A completed request, for the access log. The texts are valid during the call only.
struct AccessLogEntry {
  LogLine::Level level = LogLine::Level::info;
  std::string_view id;  ///< the request id
  std::string_view method;
  std::string_view path;     ///< as received, without the query, which may contain secrets
  std::string_view address;  ///< of the client
  unsigned status = 0;
  std::uint64_t bytes = 0;  ///< bytes sent
  std::chrono::milliseconds took{};
  bool constant = false;  ///< a fixed response such as a health check; logged only with an `error`
  /// Why the response is incomplete, or the exception of the handler; else empty.
  std::string_view error{};
};

/// Options of the HTTP API. The default of every limit is safe on the public internet.
struct ApiOptions {
  std::shared_ptr<AccountStore> accounts{};  ///< null: a store in memory
  std::vector<Secret> secrets{};             ///< empty: one random secret, valid until the process ends
  /// Returns the current secrets. Called periodically, before a token is signed, and when a token names an
  /// unknown secret; at most once in 5 s. May block.
  std::function<std::vector<Secret>()> reload_secrets{};
  /// Replaces authentication by tokens and keys. nullopt: not authenticated (401). `Identity::account` owns
  /// the jobs. Called once per request; an event stream is not checked again and ends after an hour.
  std::function<Async<Result<std::optional<Identity>>>(Request&)> authenticate{};
  std::chrono::seconds token_ttl{24 * 3600};
  std::chrono::seconds link_ttl{900};

  bool allow_signup = true;  ///< anyone may create an account
  PasswordPolicy password_policy{};
  Quota default_quota{std::uint64_t{20} << 30, std::uint64_t{5} << 30, 2'000,
                      100};  ///< for accounts without a quota of their own
  RateLimits rate_limits{};
  /// Networks (CIDR) without limits on requests, logins, sign-ups and connections. Default: this machine.
  std::vector<std::string> exempt_networks{"127.0.0.0/8", "::1/128"};
  std::vector<std::string> trusted_proxies{};  ///< networks whose X-Forwarded-For is trusted
  std::vector<std::string> cors_origins{};     ///< "*", or origins as browsers send them; empty: no CORS

  unsigned max_uploads = 256;                                 ///< concurrent; beyond it 503
  unsigned max_streaming_conversions = 4;                     ///< concurrent; beyond it 503
  unsigned max_event_streams = 5'000;                         ///< concurrent; beyond it 503
  unsigned max_event_streams_per_account = 100;               ///< concurrent; beyond it 429
  unsigned blocking_threads = 0;                              ///< for blocking calls; 0: 4 plus two per core
  std::uint64_t max_hashed_bytes = std::uint64_t{256} << 20;  ///< larger inputs are not deduplicated
  unsigned storage_threads = 0;  ///< for reads and writes of the storage; 0: as many as `blocking_threads`
  /// Answers downloads by a redirect to a signed URL of the storage, if it has them; only requests without an
  /// Authorization field, such as those by signed links: some clients would send the field to the storage,
  /// which then refuses the request.
  bool redirect_downloads = false;
  /// Engines in other processes run the jobs. /readyz then does not need workers of this Engine.
  bool jobs_run_elsewhere = false;
  /// Keeps rendered lists of tasks until one of their tasks changes. A change by another process takes up to
  /// EngineOptions::poll_interval to reach them: set it to false where clients may use several hosts at once.
  bool cache_task_lists = true;
  HttpLimits http{};
  std::function<void(const LogLine&)>
      log{};  ///< called by any thread; never gets secrets, queries or contents
};

}  // namespace convert::server
