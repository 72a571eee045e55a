// SPDX-License-Identifier: MIT
#include "api/keeper.hpp"

#include <fmt/format.h>

#include <chrono>
#include <utility>

#include "api/removal.hpp"

namespace convert::server::api {
namespace {

constexpr std::chrono::seconds kRenewing{30};    // a quarter of Quotas::kLease
constexpr std::chrono::seconds kRefreshing{20};  // a new secret signs a minute after it was made
constexpr std::chrono::minutes kSweeping{1};
constexpr std::chrono::hours kSearching{1};
constexpr std::chrono::hours kKnownRequests{24};  // for how long an Idempotency-Key means something
constexpr std::size_t kAccountsPage = 500;

}  // namespace

Keeper::Keeper(KeeperParts parts)
    : parts_(std::move(parts)),
      thread_([this, begun = parts_.ticks()](const std::stop_token& stop) { run(stop, begun); }) {}

Keeper::~Keeper() = default;

void Keeper::account_leaves(std::string id) {
  const std::lock_guard lock(mutex_);
  leaving_.insert(std::move(id));
  wake_.notify_all();
}

/// Whether it is time again, and notes when the next time is.
bool Keeper::due(Tick& next, Period every) const {
  const Tick now = parts_.ticks();
  if (now < next) return false;
  next = now + every;
  return true;
}

void Keeper::run(const std::stop_token& stop, Tick begun) {
  Tick renewing = begun + kRenewing;
  Tick refreshing = begun + kRefreshing;
  Tick sweeping = begun;
  Tick searching = begun;
  while (!stop.stop_requested()) {
    if (due(renewing, kRenewing)) renew();
    if (due(refreshing, kRefreshing)) parts_.secrets.refresh(parts_.ticks());
    if (due(sweeping, kSweeping)) sweep();
    if (due(searching, kSearching)) find_leaving(stop);
    remove_leaving(stop);
    std::unique_lock lock(mutex_);
    wake_.wait_for(lock, stop, std::min({renewing, refreshing, sweeping, searching}) - parts_.ticks(),
                   [this] { return !leaving_.empty(); });
  }
}

void Keeper::renew() {
  if (const auto renewed = parts_.quotas.renew(); !renewed)
    complain("renewing reservations", renewed.error());
}

void Keeper::sweep() {
  const auto swept = parts_.accounts.sweep(parts_.now(), kKnownRequests);
  if (!swept) complain("sweeping the accounts", swept.error());
}

void Keeper::find_leaving(const std::stop_token& stop) {
  std::string after;
  while (!stop.stop_requested()) {
    const auto page = parts_.accounts.list(after, kAccountsPage);
    if (!page) return complain("looking for accounts that are going", page.error());
    const std::lock_guard lock(mutex_);
    for (const Account& account : *page) {
      if (account.leaving) leaving_.insert(account.id);
    }
    if (page->size() < kAccountsPage) return;
    after = page->back().id;
  }
}

/// One that can't be removed now is found again by and by.
void Keeper::remove_leaving(const std::stop_token& stop) {
  std::set<std::string> going;
  {
    const std::lock_guard lock(mutex_);
    going.swap(leaving_);
  }
  for (const std::string& id : going) {
    const auto removed = remove_account(parts_.engine, parts_.accounts, id, stop);
    if (removed) {
      parts_.forget(id);
    } else if (removed.error().code != Errc::cancelled) {
      complain("removing account " + id, removed.error());
    }
  }
}

void Keeper::complain(std::string_view what, const Error& error) {
  parts_.log(LogLine::Level::warning, fmt::format("{}: {}", what, error.message));
}

}  // namespace convert::server::api
