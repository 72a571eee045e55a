// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <functional>
#include <mutex>
#include <set>
#include <string>
#include <string_view>
#include <utility>

#include <convert/result.hpp>
#include <convert/server/accounts.hpp>

namespace convert::server::api {

/// Requests with an Idempotency-Key, in the AccountStore. Those that this process runs are renewed, so that
/// the key of a process that died is free again within `kLease`. Thread-safe; calls may block.
class IdempotentRequests {
 public:
  static constexpr std::chrono::seconds kLease{20};
  static constexpr std::chrono::seconds kRenewInterval{5};
  static constexpr std::chrono::hours kKeyTtl{24};  ///< how long a key is remembered

  IdempotentRequests(AccountStore& accounts, std::function<Time()> now);

  /// As AccountStore::begin_request. If it is acquired, end it by `complete` or `abandon`.
  Result<IdempotencyRecord> start(const std::string& account, const std::string& key);
  Result<void> complete(const std::string& account, const std::string& key, unsigned status,
                        std::string_view answer);
  Result<void> abandon(const std::string& account, const std::string& key);

  /// To be called every `kRenewInterval`.
  Result<void> renew();

 private:
  void erase(const std::string& account, const std::string& key);

  AccountStore& accounts_;
  const std::function<Time()> now_;
  std::mutex mutex_;
  std::set<std::pair<std::string, std::string>> running_;  // account and key; guarded by mutex_
};

}  // namespace convert::server::api
