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

/// Accounts and API keys as they were at most a second ago, so that a busy client is not a query each time.
/// What this process changes is seen at once, if it says so by `forget`; what others change after a second.
/// At most 10,000 entries of each kind. Thread-safe.
class AccountCache {
 public:
  using TimePoint = std::chrono::steady_clock::time_point;
  using Clock = std::function<TimePoint()>;
  using AccountPtr = std::shared_ptr<const Account>;
  using KeyPtr = std::shared_ptr<const ApiKey>;

  explicit AccountCache(std::shared_ptr<AccountStore> store, Clock clock = &std::chrono::steady_clock::now);

  /// Without blocking: null if it is not known freshly. Then ask `account` in a thread that may block.
  AccountPtr cached_account(std::string_view id);
  KeyPtr cached_key(std::string_view key_id);

  /// From the store if need be. Errors: as AccountStore::find and find_key.
  Result<AccountPtr> account(std::string_view id);
  Result<KeyPtr> key(std::string_view key_id);

  /// After each change of the account, its removal too, before that is answered: what is known of it, and of
  /// all its keys, is out of date; so is what is being read at this moment.
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
  std::uint64_t generation_ = 0;  // what was read before one of them is not kept
  Table<Account> accounts_;
  Table<ApiKey> keys_;
};

}  // namespace convert::server::accounts
