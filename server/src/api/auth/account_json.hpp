// SPDX-License-Identifier: MIT
#pragma once

#include <convert/server/accounts.hpp>
#include <cstdint>
#include <string>

#include "api/tasks/quota.hpp"

namespace convert::server::api {

/// What of its quota an account has used.
struct QuotaUsage {
  std::uint64_t storage_bytes = 0;
  std::uint64_t tasks_today = 0;
  std::uint64_t active_tasks = 0;
};

/// An account as its owner sees it. A quota without a limit is null.
std::string account_json(const Account& account, const EffectiveQuota& effective_quota,
                         const QuotaUsage& used);

}  // namespace convert::server::api
