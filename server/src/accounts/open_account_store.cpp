// SPDX-License-Identifier: MIT
#include <chrono>
#include <string>
#include <utility>

#include <convert/server/accounts.hpp>

namespace convert::server {

Result<Reservation> AccountStore::reserved_usage(std::string_view account, Time now) {
  QuotaRequest request;
  request.account = account;
  request.tasks = 0;
  auto made = reserve(request, now, std::chrono::seconds(1));
  if (!made) return made;
  const std::string id = std::exchange(made->id, {});
  if (auto released = release(id); !released) return std::move(released).error();
  return made;
}

}  // namespace convert::server
