// SPDX-License-Identifier: MIT
#pragma once

#include <convert/server/accounts.hpp>
#include <cstdint>
#include <string>

#include "api/quotas.hpp"

namespace convert::server::api {

/// What of its quota an account has used.
struct Used {
  std::uint64_t storage_bytes = 0;
  std::uint64_t tasks_today = 0;
  std::uint64_t tasks_at_once = 0;
};

/// An account as its owner sees it. A quota without a limit is null.
std::string account_json(const Account& account, const Allowance& allowance, const Used& used);

}  // namespace convert::server::api
