// SPDX-License-Identifier: MIT
#include "api/tasks/idempotent_requests.hpp"

#include <vector>

namespace convert::server::api {

IdempotentRequests::IdempotentRequests(AccountStore& accounts, std::function<Time()> now)
    : accounts_(accounts), now_(std::move(now)) {}

Result<IdempotencyRecord> IdempotentRequests::start(const std::string& account, const std::string& key) {
  auto record = accounts_.begin_request(account, key, now_(), kKeyTtl, kLease);
  if (record && record->state == IdempotencyRecord::State::acquired) {
    const std::lock_guard lock(mutex_);
    running_.emplace(account, key);
  }
  return record;
}

Result<void> IdempotentRequests::complete(const std::string& account, const std::string& key, unsigned status,
                                          std::string_view answer) {
  erase(account, key);
  return accounts_.complete_request(account, key, status, answer);
}

Result<void> IdempotentRequests::abandon(const std::string& account, const std::string& key) {
  erase(account, key);
  return accounts_.abandon_request(account, key);
}

Result<void> IdempotentRequests::renew() {
  std::vector<IdempotentRequestName> requests;
  {
    const std::lock_guard lock(mutex_);
    for (const auto& [account, key] : running_) requests.push_back({account, key});
  }
  if (requests.empty()) return {};
  return accounts_.renew_requests(requests, now_());
}

void IdempotentRequests::erase(const std::string& account, const std::string& key) {
  const std::lock_guard lock(mutex_);
  running_.erase({account, key});
}

}  // namespace convert::server::api
