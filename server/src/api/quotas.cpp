// SPDX-License-Identifier: MIT
#include "api/quotas.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>
#include <vector>

#include "io/fault_point.hpp"

namespace convert::server::api {
namespace {

constexpr std::chrono::seconds kRecent{1};
constexpr std::size_t kMostKnown = 4'096;  // accounts
constexpr std::uint64_t kShare = 4;        // of what is left, the part that a body of unknown length may take

std::string bytes_text(std::uint64_t bytes) {
  if (bytes >= std::uint64_t{1} << 30)
    return fmt::format("{:.4g} GiB", static_cast<double>(bytes) / (1 << 30));
  return fmt::format("{:.4g} MiB", static_cast<double>(bytes) / (1 << 20));
}

Failure no_storage(std::uint64_t limit) {
  return {413,
          "quota_storage",
          fmt::format(
              "Your files and what is on its way would be more than the {} that you may store. Delete tasks "
              "that you need no more.",
              bytes_text(limit)),
          {}};
}

Failure too_many_at_once(std::uint32_t limit) {
  return {
      429, "quota_at_once",
      fmt::format("You have {} tasks that have not ended, the most that you may have at once. Wait for one "
                  "of them.",
                  limit),
      std::chrono::seconds(5)};
}

Failure too_many_today(std::uint32_t limit, Time now) {
  const auto tomorrow = std::chrono::floor<std::chrono::days>(now) + std::chrono::days(1);
  const auto left = std::chrono::ceil<std::chrono::seconds>(tomorrow - now);
  return {429, "quota_tasks",
          fmt::format("You have asked for {} tasks today, the most that you may ask for on one day (UTC).",
                      limit),
          left};
}

Failure lapsed() {
  return {503, "unavailable", "The room for your files was given up meanwhile. Try again.",
          std::chrono::seconds(1)};
}

bool beyond(std::uint64_t sum, std::uint64_t limit) { return limit > 0 && sum > limit; }
bool near(std::uint64_t sum, std::uint64_t limit) { return limit > 0 && sum > limit / 2; }

}  // namespace

Allowance allowance(const Quota& own, const Quota& usual) {
  const auto said = [](const auto& first, const auto& second) { return first ? *first : second.value_or(0); };
  return {said(own.storage_bytes, usual.storage_bytes), said(own.file_bytes, usual.file_bytes),
          said(own.tasks_a_day, usual.tasks_a_day), said(own.tasks_at_once, usual.tasks_at_once)};
}

Quotas::Quotas(Engine& engine, AccountStore& accounts, std::function<Time()> now)
    : engine_(engine), accounts_(accounts), now_(std::move(now)) {}

std::variant<std::string, Failure> Quotas::reserve(const Asker& asker, const Need& need) {
  Demand demand{asker.account, need.bytes, 1, {}};
  if (asker.allowance.tasks_a_day > 0) demand.tasks_a_day = asker.allowance.tasks_a_day;
  const Time now = now_();
  auto reserved = accounts_.reserve(demand, now, kLease);
  if (!reserved) {
    if (reserved.error().code != Errc::limit_exceeded) return failure_of(reserved.error());
    return too_many_today(asker.allowance.tasks_a_day, now);
  }
  {
    const std::lock_guard lock(mutex_);
    living_.emplace(reserved->id, asker.account);
  }
  CONVERT_FAULT_POINT("server.reserved");
  if (auto refused = compare(asker, *reserved, need)) {
    // Should that fail, the lease ends by itself.
    (void)release(reserved->id);
    return std::move(*refused);
  }
  return std::move(reserved->id);
}

std::variant<std::uint64_t, Failure> Quotas::grow(const Asker& asker, const std::string& id,
                                                  std::uint64_t least, std::uint64_t most) {
  const auto bytes = step(asker, least, most);
  if (!bytes) return failure_of(bytes.error());
  const auto grown = accounts_.grow(id, *bytes, now_());
  if (!grown) return grown.error().code == Errc::not_found ? lapsed() : failure_of(grown.error());
  if (auto refused = compare(asker, *grown, Need{*bytes, false})) return std::move(*refused);
  return *bytes;
}

/// Far from the limit large steps, which are few; close to it no more than the bytes need that are there. It
/// takes a share only, as others may grow at the same time.
Result<std::uint64_t> Quotas::step(const Asker& asker, std::uint64_t least, std::uint64_t most) {
  const std::uint64_t limit = asker.allowance.storage_bytes;
  if (limit == 0 || most <= least) return std::max(least, most);
  const auto reserved = accounts_.reserved(asker.account, now_());
  if (!reserved) return reserved.error();
  const auto stored = usage(asker.account);
  if (!stored) return stored.error();
  const std::uint64_t sum = stored->input_bytes + stored->output_bytes + reserved->bytes_in_all;
  const std::uint64_t left = limit - std::min(limit, sum);
  return std::clamp(left / kShare, least, most);
}

/// What is known from a moment ago is believed as long as it is far from the limits.
std::optional<Failure> Quotas::compare(const Asker& asker, const Reservation& reserved, const Need& need) {
  Allowance most = asker.allowance;
  if (need.bytes == 0 && !need.given_back) most.storage_bytes = 0;
  if (!need.at_once) most.tasks_at_once = 0;
  if (most.storage_bytes == 0 && most.tasks_at_once == 0) return {};
  const auto bytes = [&](const Usage& usage) {
    const std::uint64_t stored = usage.input_bytes + usage.output_bytes;
    return stored - std::min(stored, need.given_back.value_or(0)) + reserved.bytes_in_all;
  };
  const auto tasks = [&](const Usage& usage) { return usage.unfinished + reserved.tasks_in_all; };
  const auto known = recent(asker.account);
  if (known && !near(bytes(*known), most.storage_bytes) && !near(tasks(*known), most.tasks_at_once))
    return {};
  const auto now = usage(asker.account);
  if (!now) return failure_of(now.error());
  if (beyond(bytes(*now), most.storage_bytes)) return no_storage(most.storage_bytes);
  if (beyond(tasks(*now), most.tasks_at_once)) return too_many_at_once(most.tasks_at_once);
  return {};
}

std::optional<Usage> Quotas::recent(const std::string& account) {
  const std::lock_guard lock(mutex_);
  const auto found = known_.find(account);
  if (found == known_.end() || std::chrono::steady_clock::now() - found->second.at > kRecent) return {};
  return found->second.usage;
}

Result<Usage> Quotas::usage(const std::string& account) {
  std::uint64_t settled = 0;
  {
    const std::lock_guard lock(mutex_);
    settled = settled_;
  }
  auto usage = engine_.usage(account);
  if (!usage) return usage;
  const std::lock_guard lock(mutex_);
  if (settled != settled_) return usage;
  if (known_.size() >= kMostKnown) known_.clear();
  known_[account] = Known{*usage, std::chrono::steady_clock::now()};
  return usage;
}

Result<void> Quotas::settle(const Asker& asker, const std::string& id) {
  {
    // First what was read before is forgotten, then the reservation ends: nobody misses both.
    const std::lock_guard lock(mutex_);
    ++settled_;
    known_.erase(asker.account);
    living_.erase(id);
  }
  auto settled = accounts_.settle(id);
  CONVERT_FAULT_POINT("server.settled");
  return settled;
}

Result<void> Quotas::release(const std::string& id) {
  {
    const std::lock_guard lock(mutex_);
    living_.erase(id);
  }
  return accounts_.release(id);
}

Result<void> Quotas::renew() {
  std::vector<std::string> ids;
  {
    const std::lock_guard lock(mutex_);
    for (const auto& [id, account] : living_) ids.push_back(id);
  }
  if (ids.empty()) return {};
  return accounts_.renew(ids, now_(), kLease);
}

}  // namespace convert::server::api
