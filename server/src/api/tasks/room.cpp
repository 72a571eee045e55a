// SPDX-License-Identifier: MIT
#include "api/tasks/room.hpp"

#include <algorithm>
#include <utility>

#include "api/auth/account.hpp"
#include "api/support/task_services.hpp"
#include "http/connection/blocking_pool.hpp"

namespace convert::server::api {
namespace {

// By which room grows for a body of unknown length: as much again as there is, within these.
constexpr std::uint64_t kMinGrowthStep = std::uint64_t{1} << 20;
constexpr std::uint64_t kMaxGrowthStep = std::uint64_t{64} << 20;

}  // namespace

Async<Result<Principal>> find_principal(Services& services, const Identity& caller) {
  const Quota& usual = services.options.default_quota;
  if (services.options.authenticate) co_return Principal{caller.account, api::effective_quota({}, usual)};
  auto asking = find_account(services, caller.account);
  auto account = co_await std::move(asking);
  if (!account) co_return std::move(account).error();
  co_return Principal{caller.account, api::effective_quota(account->quota, usual)};
}

QuotaReservation::~QuotaReservation() {
  if (id_.empty()) return;
  services_.pool.post([&services = services_, id = std::move(id_)] {
    // Should that fail, its lease ends by itself.
    (void)services.tasks.quotas.release(id);
  });
}

Async<std::optional<Problem>> QuotaReservation::reserve(TaskQuotaRequest request) {
  auto work = [this, request] { return services_.tasks.quotas.reserve(principal_, request); };
  auto reserved = co_await services_.pool.run(std::move(work));
  if (auto* refused = std::get_if<Problem>(&reserved)) co_return std::move(*refused);
  id_ = std::move(std::get<std::string>(reserved));
  bytes_ = request.bytes;
  co_return std::nullopt;
}

Async<std::optional<Problem>> QuotaReservation::ensure_bytes(std::uint64_t bytes) {
  if (bytes <= bytes_) co_return std::nullopt;
  const std::uint64_t min_bytes = bytes - bytes_;
  const std::uint64_t max_bytes = std::max(min_bytes, std::clamp(bytes_, kMinGrowthStep, kMaxGrowthStep));
  auto work = [this, min_bytes, max_bytes] {
    return services_.tasks.quotas.grow(principal_, id_, min_bytes, max_bytes);
  };
  auto grown = co_await services_.pool.run(std::move(work));
  if (auto* refused = std::get_if<Problem>(&grown)) co_return std::move(*refused);
  bytes_ += std::get<std::uint64_t>(grown);
  co_return std::nullopt;
}

Async<void> QuotaReservation::settle() {
  auto work = [this, id = std::exchange(id_, {})] { return services_.tasks.quotas.settle(principal_, id); };
  const auto settled = co_await services_.pool.run(std::move(work));
  if (!settled) services_.log(LogLine::Level::warning, "settling a reservation: " + settled.error().message);
}

}  // namespace convert::server::api
