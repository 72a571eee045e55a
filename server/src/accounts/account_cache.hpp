// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <list>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>

#include <convert/server/accounts.hpp>

namespace convert::server::accounts {

/// Caches accounts and API keys for one second, so that a busy client does not cause a query for each
/// request. Changes by this process are visible at once if it calls `invalidate`; changes by other processes
/// after one second. At most 10,000 entries of each kind; the oldest is evicted. Thread-safe.
class AccountCache {
 public:
  using TimePoint = std::chrono::steady_clock::time_point;
  using Clock = std::function<TimePoint()>;
  using AccountPtr = std::shared_ptr<const Account>;
  using KeyPtr = std::shared_ptr<const ApiKey>;

  explicit AccountCache(std::shared_ptr<AccountStore> store, Clock clock = &std::chrono::steady_clock::now);

  /// Never blocks. Null on a cache miss: then call `account` or `key` on a thread that may block.
  AccountPtr cached_account(std::string_view id);
  KeyPtr cached_key(std::string_view key_id);

  /// Reads the store on a cache miss; may block. Errors: as AccountStore::find and find_key.
  Result<AccountPtr> account(std::string_view id);
  Result<KeyPtr> key(std::string_view key_id);

  /// Drops the account and all its keys, and discards reads that are in progress. Call it after each change
  /// or removal of the account, before the change is acknowledged.
  void invalidate(std::string_view account_id);

 private:
  template <class Value>
  struct Table {
    struct Entry {
      std::shared_ptr<const Value> value;
      TimePoint read_at;
      std::list<std::string>::iterator position;
    };
    std::unordered_map<std::string, Entry> entries;
    std::list<std::string> oldest_first;
  };
  template <class Value>
  std::shared_ptr<const Value> cached(Table<Value>& table, std::string_view id);
  template <class Value, class Read>
  Result<std::shared_ptr<const Value>> find(Table<Value>& table, std::string_view id, const Read& read);
  template <class Value>
  void insert(Table<Value>& table, const std::string& id, std::shared_ptr<const Value> value, TimePoint now);
  template <class Value>
  void erase_entry(Table<Value>& table, const std::string& id);

  const std::shared_ptr<AccountStore> store_;
  const Clock clock_;
  std::mutex mutex_;
  std::uint64_t generation_ = 0;  // reads that started before a change are not cached
  Table<Account> accounts_;
  Table<ApiKey> keys_;
};

}  // namespace convert::server::accounts
