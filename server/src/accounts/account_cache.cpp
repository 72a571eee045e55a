// SPDX-License-Identifier: MIT
#include "accounts/account_cache.hpp"

#include <utility>

#include "base/try.hpp"

namespace convert::server::accounts {
namespace {

constexpr std::chrono::seconds kCacheTtl(1);
constexpr std::size_t kMaxEntries = 10'000;

}  // namespace

AccountCache::AccountCache(std::shared_ptr<AccountStore> store, Clock clock)
    : store_(std::move(store)), clock_(std::move(clock)) {}

template <class Value>
std::shared_ptr<const Value> AccountCache::cached(Table<Value>& table, std::string_view id) {
  const auto now = clock_();
  const std::scoped_lock lock(mutex_);
  const auto found = table.entries.find(std::string(id));
  if (found == table.entries.end() || now - found->second.read_at >= kCacheTtl) return nullptr;
  return found->second.value;
}

template <class Value, class Read>
Result<std::shared_ptr<const Value>> AccountCache::find(Table<Value>& table, std::string_view id,
                                                        const Read& read) {
  if (auto fresh = cached(table, id)) return fresh;
  std::unique_lock lock(mutex_);
  const auto generation = generation_;
  lock.unlock();
  const auto now = clock_();  // before the read, so that an entry is never older than `read_at`
  CONVERT_TRY_ASSIGN(auto stored, read());
  auto value = std::make_shared<const Value>(std::move(stored));
  lock.lock();
  if (generation == generation_) insert(table, std::string(id), value, now);
  return std::shared_ptr<const Value>(value);
}

template <class Value>
void AccountCache::insert(Table<Value>& table, const std::string& id, std::shared_ptr<const Value> value,
                          TimePoint now) {
  erase_entry(table, id);
  if (table.entries.size() == kMaxEntries) erase_entry(table, std::string(table.oldest_first.front()));
  table.oldest_first.push_back(id);
  table.entries.emplace(id, typename Table<Value>::Entry{std::move(value), now, --table.oldest_first.end()});
}

template <class Value>
void AccountCache::erase_entry(Table<Value>& table, const std::string& id) {
  const auto found = table.entries.find(id);
  if (found == table.entries.end()) return;
  table.oldest_first.erase(found->second.position);
  table.entries.erase(found);
}

AccountCache::AccountPtr AccountCache::cached_account(std::string_view id) { return cached(accounts_, id); }

AccountCache::KeyPtr AccountCache::cached_key(std::string_view key_id) { return cached(keys_, key_id); }

Result<AccountCache::AccountPtr> AccountCache::account(std::string_view id) {
  return find(accounts_, id, [&] { return store_->find(id); });
}

Result<AccountCache::KeyPtr> AccountCache::key(std::string_view key_id) {
  return find(keys_, key_id, [&] { return store_->find_key(key_id); });
}

void AccountCache::invalidate(std::string_view account_id) {
  const std::scoped_lock lock(mutex_);
  ++generation_;
  erase_entry(accounts_, std::string(account_id));
  // Keys have no index by account. Changes are rare, so all keys are dropped.
  keys_ = {};
}

}  // namespace convert::server::accounts
