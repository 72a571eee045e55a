// SPDX-License-Identifier: MIT
#include "api/support/maintenance.hpp"

#include <fmt/format.h>
#include <algorithm>
#include <chrono>
#include <utility>

#include "api/tasks/idempotent_requests.hpp"
#include "base/try.hpp"

namespace convert::server::api {
namespace {

constexpr std::size_t kRemovalPage = 100;

/// Whether no jobs were left.
Result<bool> remove_page_of_jobs(Engine& engine, const JobFilter& filter, const std::stop_token& stop) {
  CONVERT_TRY_ASSIGN(const auto jobs, engine.list(filter));
  for (const Job& job : jobs) {
    if (stop.stop_requested()) return Error{Errc::cancelled, "The server is shutting down.", true};
    auto removed = engine.remove(job.id);
    if (!removed && removed.error().code != Errc::not_found) return std::move(removed).error();
  }
  return jobs.empty();
}

constexpr std::chrono::seconds kRenewInterval{30};  // a quarter of Quotas::kLease
constexpr std::chrono::seconds kSecretRefreshInterval{
    20};  // a new secret starts to sign one minute after it was created
constexpr std::chrono::minutes kSweepInterval{1};
constexpr std::chrono::hours kSearchInterval{1};
constexpr std::size_t kAccountsPage = 500;

}  // namespace

Result<void> remove_account(Engine& engine, AccountStore& accounts, const std::string& id,
                            const std::stop_token& stop) {
  JobFilter filter;
  filter.owner = id;
  filter.max = kRemovalPage;
  for (;;) {
    CONVERT_TRY_ASSIGN(const auto no_jobs_left, remove_page_of_jobs(engine, filter, stop));
    if (no_jobs_left) return accounts.remove(id);
  }
}

Maintenance::Maintenance(MaintenanceParts parts) : parts_(std::move(parts)) {
  const Tick started = parts_.steady_now();
  renewals_ = std::jthread([this, started](const std::stop_token& stop) { run_renewals(stop, started); });
  removals_ = std::jthread([this, started](const std::stop_token& stop) { run_removals(stop, started); });
}

Maintenance::~Maintenance() = default;

void Maintenance::schedule_removal(std::string id) {
  {
    const std::lock_guard lock(mutex_);
    leaving_.insert(std::move(id));
  }
  wake();
}

void Maintenance::wake() {
  const std::lock_guard lock(mutex_);
  ++wakes_;
  wake_.notify_all();
}

/// Whether a periodic task is due; if so, schedules its next run.
bool Maintenance::due(Tick& next, Period every) const {
  const Tick now = parts_.steady_now();
  if (now < next) return false;
  next = now + every;
  return true;
}

/// Waits until `next`, or for a call of `wake` after the `seen` ones.
void Maintenance::wait_until(const std::stop_token& stop, Tick next, std::uint64_t& seen) {
  std::unique_lock lock(mutex_);
  wake_.wait_for(lock, stop, next - parts_.steady_now(), [&] { return wakes_ != seen; });
  seen = wakes_;
}

void Maintenance::run_renewals(const std::stop_token& stop, Tick started) {
  Tick next_renewal = started + kRenewInterval;
  Tick next_request_renewal = started + IdempotentRequests::kRenewInterval;
  Tick next_refresh = started + kSecretRefreshInterval;
  for (std::uint64_t seen = 0; !stop.stop_requested();) {
    if (due(next_renewal, kRenewInterval)) renew();
    if (due(next_refresh, kSecretRefreshInterval)) refresh();
    if (due(next_request_renewal, IdempotentRequests::kRenewInterval)) renew_requests();
    wait_until(stop, std::min({next_renewal, next_request_renewal, next_refresh}), seen);
  }
}

void Maintenance::run_removals(const std::stop_token& stop, Tick started) {
  Tick next_sweep = started;
  Tick next_search = started;
  for (std::uint64_t seen = 0; !stop.stop_requested();) {
    if (due(next_sweep, kSweepInterval)) sweep();
    if (due(next_search, kSearchInterval)) find_leaving_accounts(stop);
    remove_leaving_accounts(stop);
    wait_until(stop, std::min(next_sweep, next_search), seen);
  }
}

void Maintenance::renew() {
  if (const auto renewed = parts_.quotas.renew(); !renewed)
    log_failure("Renewing reservations", renewed.error());
}

void Maintenance::renew_requests() {
  if (!parts_.renew_requests) return;
  if (const auto renewed = parts_.renew_requests(); !renewed)
    log_failure("Renewing idempotent requests", renewed.error());
}

void Maintenance::refresh() {
  parts_.secrets.refresh(parts_.steady_now());
  if (!parts_.measure_clock) return;
  if (const auto measured = parts_.measure_clock(); !measured)
    log_failure("Reading the clock of the account store", measured.error());
}

void Maintenance::sweep() {
  const auto swept = parts_.accounts.sweep(parts_.now(), IdempotentRequests::kKeyTtl);
  if (!swept) log_failure("Expiring old records of accounts", swept.error());
}

void Maintenance::find_leaving_accounts(const std::stop_token& stop) {
  std::string after;
  while (!stop.stop_requested()) {
    const auto page = parts_.accounts.list(after, kAccountsPage);
    if (!page) return log_failure("Searching for accounts to delete", page.error());
    const std::lock_guard lock(mutex_);
    for (const Account& account : *page) {
      if (account.being_deleted) leaving_.insert(account.id);
    }
    if (page->size() < kAccountsPage) return;
    after = page->back().id;
  }
}

/// An account whose removal fails is found again by the next search.
void Maintenance::remove_leaving_accounts(const std::stop_token& stop) {
  std::set<std::string> going;
  {
    const std::lock_guard lock(mutex_);
    going.swap(leaving_);
  }
  for (const std::string& id : going) {
    const auto removed = remove_account(parts_.engine, parts_.accounts, id, stop);
    if (removed) {
      parts_.account_removed(id);
    } else if (removed.error().code != Errc::cancelled) {
      log_failure("Deleting account " + id, removed.error());
    }
  }
}

void Maintenance::log_failure(std::string_view what, const Error& error) {
  parts_.log(LogLine::Level::warning, fmt::format("{} failed: {}", what, error.message));
}

}  // namespace convert::server::api
