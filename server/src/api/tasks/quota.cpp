// SPDX-License-Identifier: MIT
#include "api/tasks/quota.hpp"

#include <fmt/format.h>
#include <algorithm>
#include <utility>
#include <vector>

#include "api/auth/account.hpp"
#include "api/support/services.hpp"
#include "base/fault_point.hpp"
#include "base/try.hpp"
#include "http/connection/blocking_pool.hpp"

namespace convert::server::api {
namespace {

constexpr std::chrono::seconds kUsageCacheTtl{1};
constexpr std::size_t kMaxCachedAccounts = 4'096;  // accounts
constexpr std::uint64_t kGrowthShare = 4;  // a growing reservation takes at most this fraction of the rest

std::string bytes_text(std::uint64_t bytes) {
  if (bytes >= std::uint64_t{1} << 30)
    return fmt::format("{:.4g} GiB", static_cast<double>(bytes) / (1 << 30));
  return fmt::format("{:.4g} MiB", static_cast<double>(bytes) / (1 << 20));
}

Problem storage_exceeded(std::uint64_t limit) {
  return make_problem(
      413, "quota_storage",
      fmt::format(
          "Your stored files and running uploads would exceed your storage quota of {}. Delete tasks first.",
          bytes_text(limit)));
}

Problem too_many_active_tasks(std::uint32_t limit) {
  return make_problem(429, "quota_at_once",
                      fmt::format("You have {} active tasks, the maximum. Wait until one has ended.", limit),
                      std::chrono::seconds(5));
}

Problem too_many_tasks_today(std::uint32_t limit, Time now) {
  const auto tomorrow = std::chrono::floor<std::chrono::days>(now) + std::chrono::days(1);
  const auto left = std::chrono::ceil<std::chrono::seconds>(tomorrow - now);
  return make_problem(429, "quota_tasks",
                      fmt::format("You have created {} tasks today, the maximum for one day (UTC).", limit),
                      left);
}

Problem reservation_expired() {
  return make_problem(503, "unavailable", "The reservation for this upload has expired. Try again.",
                      std::chrono::seconds(1));
}

bool exceeds(std::uint64_t sum, std::uint64_t limit) { return limit > 0 && sum > limit; }
bool near_limit(std::uint64_t sum, std::uint64_t limit) { return limit > 0 && sum > limit / 2; }

/// The tasks of today that are no longer reserved. Changes whenever a reservation is settled.
std::int64_t settled_today(const Reservation& reserved) {
  return std::int64_t{reserved.tasks_today} - std::int64_t{reserved.total_tasks};
}

// A reservation for a body of unknown length doubles, but grows by no less and no more than this.
constexpr std::uint64_t kMinGrowthStep = std::uint64_t{1} << 20;
constexpr std::uint64_t kMaxGrowthStep = std::uint64_t{64} << 20;

}  // namespace

EffectiveQuota effective_quota(const Quota& own, const Quota& usual) {
  const auto first_set = [](const auto& first, const auto& second) {
    return first ? *first : second.value_or(0);
  };
  return {first_set(own.storage_bytes, usual.storage_bytes), first_set(own.file_bytes, usual.file_bytes),
          first_set(own.tasks_per_day, usual.tasks_per_day), first_set(own.active_tasks, usual.active_tasks)};
}

Quotas::Quotas(Engine& engine, AccountStore& accounts, std::function<Time()> now)
    : engine_(engine), accounts_(accounts), now_(std::move(now)) {}

Outcome<std::string> Quotas::reserve(const Principal& principal, const TaskQuotaRequest& request) {
  QuotaRequest demand{principal.account, request.bytes, 1, {}};
  if (principal.effective_quota.tasks_per_day > 0)
    demand.tasks_per_day = principal.effective_quota.tasks_per_day;
  const Time now = now_();
  auto reserved = accounts_.reserve(demand, now, kLease);
  if (!reserved) {
    if (reserved.error().code != Errc::limit_exceeded) return problem_of(reserved.error());
    return too_many_tasks_today(principal.effective_quota.tasks_per_day, now);
  }
  {
    const std::lock_guard lock(mutex_);
    active_reservations_.emplace(reserved->id, principal.account);
  }
  CONVERT_FAULT_POINT("server.reserved");
  if (auto checked = check_limits(principal, *reserved, request); !checked) {
    (void)release(reserved->id);  // if that fails, the lease expires
    return std::move(checked).error();
  }
  return std::move(reserved->id);
}

Outcome<std::uint64_t> Quotas::grow(const Principal& principal, const std::string& id,
                                    std::uint64_t min_bytes, std::uint64_t max_bytes) {
  CONVERT_TRY_ASSIGN(const auto bytes, growth_step(principal, min_bytes, max_bytes));
  const auto grown = accounts_.grow(id, bytes, now_());
  if (!grown)
    return grown.error().code == Errc::not_found ? reservation_expired() : problem_of(grown.error());
  CONVERT_TRY(check_limits(principal, *grown, TaskQuotaRequest{bytes, false}));
  return bytes;
}

/// Far from the limit, few large steps; near it, only the bytes that are needed. A step takes a fraction of
/// the rest, since other uploads may grow at the same time.
Outcome<std::uint64_t> Quotas::growth_step(const Principal& principal, std::uint64_t min_bytes,
                                           std::uint64_t max_bytes) {
  const std::uint64_t limit = principal.effective_quota.storage_bytes;
  if (limit == 0 || max_bytes <= min_bytes) return std::max(min_bytes, max_bytes);
  CONVERT_TRY_ASSIGN(const auto reserved, accounts_.reserved_usage(principal.account, now_()));
  CONVERT_TRY_ASSIGN(const auto stored, read_usage(principal.account, reserved));
  const std::uint64_t sum = stored.input_bytes + stored.output_bytes + reserved.total_bytes;
  const std::uint64_t left = limit - std::min(limit, sum);
  return std::clamp(left / kGrowthShare, min_bytes, max_bytes);
}

/// Uses the cached usage as long as it is far from the limits.
Outcome<void> Quotas::check_limits(const Principal& principal, const Reservation& reserved,
                                   const TaskQuotaRequest& request) {
  EffectiveQuota limits = principal.effective_quota;
  if (request.bytes == 0 && !request.freed_bytes) limits.storage_bytes = 0;
  if (!request.is_new_task) limits.active_tasks = 0;
  if (limits.storage_bytes == 0 && limits.active_tasks == 0) return {};
  const auto bytes = [&](const Usage& usage) {
    const std::uint64_t stored = usage.input_bytes + usage.output_bytes;
    return stored - std::min(stored, request.freed_bytes.value_or(0)) + reserved.total_bytes;
  };
  const auto tasks = [&](const Usage& usage) { return usage.unfinished + reserved.total_tasks; };
  const auto known = recent_usage(principal.account, reserved);
  if (known && !near_limit(bytes(*known), limits.storage_bytes) &&
      !near_limit(tasks(*known), limits.active_tasks))
    return {};
  CONVERT_TRY_ASSIGN(const auto now, read_usage(principal.account, reserved));
  if (exceeds(bytes(now), limits.storage_bytes)) return storage_exceeded(limits.storage_bytes);
  if (exceeds(tasks(now), limits.active_tasks)) return too_many_active_tasks(limits.active_tasks);
  return {};
}

/// The cached usage, unless any host has settled a reservation since it was read: then a job is missing in it
/// that is missing in `reserved` too.
std::optional<Usage> Quotas::recent_usage(const std::string& account, const Reservation& reserved) {
  const std::lock_guard lock(mutex_);
  const auto found = usage_cache_.find(account);
  if (found == usage_cache_.end() || found->second.settled_today != settled_today(reserved) ||
      std::chrono::steady_clock::now() - found->second.at > kUsageCacheTtl)
    return {};
  return found->second.usage;
}

Result<Usage> Quotas::usage(const std::string& account) { return engine_.usage(account); }

/// Reads the usage after `reserved` was read, and caches it.
Result<Usage> Quotas::read_usage(const std::string& account, const Reservation& reserved) {
  std::uint64_t settled = 0;
  {
    const std::lock_guard lock(mutex_);
    settled = settle_count_;
  }
  CONVERT_TRY_ASSIGN(const auto usage, engine_.usage(account));
  const std::lock_guard lock(mutex_);
  if (settled != settle_count_) return usage;
  if (usage_cache_.size() >= kMaxCachedAccounts) usage_cache_.clear();
  usage_cache_[account] = CachedUsage{usage, settled_today(reserved), std::chrono::steady_clock::now()};
  return usage;
}

Result<void> Quotas::settle(const Principal& principal, const std::string& id) {
  {
    // The cache is cleared before the reservation ends, so that no check misses both.
    const std::lock_guard lock(mutex_);
    ++settle_count_;
    usage_cache_.erase(principal.account);
    active_reservations_.erase(id);
  }
  auto settled = accounts_.settle(id);
  CONVERT_FAULT_POINT("server.settled");
  return settled;
}

Result<void> Quotas::release(const std::string& id) {
  {
    const std::lock_guard lock(mutex_);
    active_reservations_.erase(id);
  }
  return accounts_.release(id);
}

Result<void> Quotas::renew() {
  std::vector<std::string> ids;
  {
    const std::lock_guard lock(mutex_);
    for (const auto& [id, account] : active_reservations_) ids.push_back(id);
  }
  if (ids.empty()) return {};
  return accounts_.renew(ids, now_(), kLease);
}

Async<Outcome<Principal>> find_principal(Services& services, const Identity& caller) {
  const Quota& usual = services.options.default_quota;
  if (services.options.authenticate) co_return Principal{caller.account, api::effective_quota({}, usual)};
  CONVERT_CO_TRY_ASSIGN(auto account, find_account(services, caller.account));
  co_return Principal{caller.account, api::effective_quota(account.quota, usual)};
}

QuotaReservation::~QuotaReservation() {
  if (id_.empty()) return;
  services_.pool.post([&services = services_, id = std::move(id_)] {
    // If that fails, the lease expires.
    (void)services.tasks.quotas.release(id);
  });
}

Async<Outcome<void>> QuotaReservation::reserve(TaskQuotaRequest request) {
  auto work = [this, request] { return services_.tasks.quotas.reserve(principal_, request); };
  CONVERT_CO_TRY_ASSIGN(auto reserved, services_.pool.run(std::move(work)));
  id_ = std::move(reserved);
  bytes_ = request.bytes;
  co_return Outcome<void>();
}

Async<Outcome<void>> QuotaReservation::ensure_bytes(std::uint64_t bytes) {
  if (bytes <= bytes_) co_return Outcome<void>();
  const std::uint64_t min_bytes = bytes - bytes_;
  const std::uint64_t max_bytes = std::max(min_bytes, std::clamp(bytes_, kMinGrowthStep, kMaxGrowthStep));
  auto work = [this, min_bytes, max_bytes] {
    return services_.tasks.quotas.grow(principal_, id_, min_bytes, max_bytes);
  };
  CONVERT_CO_TRY_ASSIGN(auto grown, services_.pool.run(std::move(work)));
  bytes_ += grown;
  co_return Outcome<void>();
}

Async<void> QuotaReservation::settle() {
  auto work = [this, id = std::exchange(id_, {})] { return services_.tasks.quotas.settle(principal_, id); };
  const auto settled = co_await services_.pool.run(std::move(work));
  if (!settled)
    services_.log(LogLine::Level::warning, "Settling a reservation failed: " + settled.error().message);
}

}  // namespace convert::server::api
