// SPDX-License-Identifier: MIT
#include <convert/server/accounts.hpp>

#include <algorithm>
#include <map>
#include <mutex>
#include <tuple>
#include <utility>

#include "accounts/account_validation.hpp"
#include "accounts/memory/promises.hpp"
#include "accounts/account_rules.hpp"

namespace convert::server {
namespace {

using namespace accounts;
using std::chrono::milliseconds;

class MemoryAccountStore final : public AccountStore {
 public:
  Result<Account> create(const Account& account) override {
    const std::scoped_lock lock(mutex_);
    Account made = account;
    made.id = new_record_id();
    made.email = fold_case(account.email);
    made.epoch = 0;
    made.created = store_now();
    if (names_.contains(fold_case(made.name))) return name_taken();
    if (emails_.contains(made.email)) return email_taken();
    names_.emplace(fold_case(made.name), made.id);
    emails_.emplace(made.email, made.id);
    accounts_.emplace(made.id, made);
    return made;
  }

  Result<Account> find(std::string_view id) override {
    const std::scoped_lock lock(mutex_);
    const auto found = accounts_.find(id);
    if (found == accounts_.end()) return no_such_account();
    return found->second;
  }

  Result<Account> find_login(std::string_view name_or_email) override {
    const std::scoped_lock lock(mutex_);
    const auto& logins = name_or_email.find('@') != name_or_email.npos ? emails_ : names_;
    const auto found = logins.find(fold_case(name_or_email));
    if (found == logins.end()) return no_such_account();
    return accounts_.at(found->second);
  }

  Result<std::vector<Account>> list(std::string_view after, std::size_t max) override {
    const std::scoped_lock lock(mutex_);
    std::vector<Account> listed;
    for (auto one = accounts_.upper_bound(after); one != accounts_.end() && listed.size() < max; ++one) {
      listed.push_back(one->second);
    }
    return listed;
  }

  Result<Account> change(std::string_view id, const AccountChange& change) override {
    const std::scoped_lock lock(mutex_);
    const auto found = accounts_.find(id);
    if (found == accounts_.end()) return no_such_account();
    Account& account = found->second;
    if (change.email) {
      const auto other = emails_.find(fold_case(*change.email));
      if (other != emails_.end() && other->second != id) return email_taken();
      emails_.erase(account.email);
      emails_.emplace(fold_case(*change.email), account.id);
    }
    apply_change(change, account);
    return account;
  }

  Result<void> remove(std::string_view id) override {
    const std::scoped_lock lock(mutex_);
    if (const auto found = accounts_.find(id); found != accounts_.end()) {
      names_.erase(fold_case(found->second.name));
      emails_.erase(found->second.email);
      accounts_.erase(found);
    }
    std::erase_if(keys_, [&](const auto& key) { return key.second.account == id; });
    reservations_.remove(id);
    requests_.remove(id);
    return {};
  }

  Result<void> add_key(const ApiKey& key) override {
    const std::scoped_lock lock(mutex_);
    if (accounts_.find(key.account) == accounts_.end()) return no_such_account();
    if (keys_.find(key.id) != keys_.end()) return key_taken();
    if (keys_of(key.account).size() >= kMaxKeysPerAccount) return too_many_keys();
    keys_.emplace(key.id, key);
    return {};
  }

  Result<ApiKey> find_key(std::string_view key_id) override {
    const std::scoped_lock lock(mutex_);
    const auto found = keys_.find(key_id);
    if (found == keys_.end()) return no_such_key();
    return found->second;
  }

  Result<std::vector<ApiKey>> list_keys(std::string_view account) override {
    const std::scoped_lock lock(mutex_);
    return keys_of(account);
  }

  Result<void> remove_key(std::string_view account, std::string_view key_id) override {
    const std::scoped_lock lock(mutex_);
    const auto found = keys_.find(key_id);
    if (found == keys_.end() || found->second.account != account) return no_such_key();
    keys_.erase(found);
    return {};
  }

  Result<void> touch_key(std::string_view key_id, Time at) override {
    const std::scoped_lock lock(mutex_);
    const auto found = keys_.find(key_id);
    if (found == keys_.end()) return {};
    auto& used = found->second.last_used;
    if (!used || *used + kKeyUseInterval <= at) used = at;
    return {};
  }

  Result<Reservation> reserve(const QuotaRequest& request, Time now, milliseconds lease) override {
    const std::scoped_lock lock(mutex_);
    return reservations_.reserve(request, now, lease);
  }

  Result<Reservation> grow(std::string_view id, std::uint64_t bytes, Time now) override {
    const std::scoped_lock lock(mutex_);
    return reservations_.grow(id, bytes, now);
  }

  Result<void> renew(std::span<const std::string> ids, Time now, milliseconds lease) override {
    const std::scoped_lock lock(mutex_);
    reservations_.renew(ids, now, lease);
    return {};
  }

  Result<void> settle(std::string_view id) override {
    const std::scoped_lock lock(mutex_);
    reservations_.settle(id);
    return {};
  }

  Result<void> release(std::string_view id) override {
    const std::scoped_lock lock(mutex_);
    reservations_.release(id);
    return {};
  }

  Result<Reservation> reserved_usage(std::string_view account, Time now) override {
    const std::scoped_lock lock(mutex_);
    return reservations_.usage(account, now);
  }

  Result<IdempotencyRecord> begin_request(std::string_view account, std::string_view key, Time now,
                                          milliseconds lifetime, milliseconds stale_after) override {
    const std::scoped_lock lock(mutex_);
    return requests_.begin(account, key, now, lifetime, stale_after);
  }

  Result<void> complete_request(std::string_view account, std::string_view key, unsigned status,
                                std::string_view answer) override {
    const std::scoped_lock lock(mutex_);
    requests_.complete(account, key, status, answer);
    return {};
  }

  Result<void> abandon_request(std::string_view account, std::string_view key) override {
    const std::scoped_lock lock(mutex_);
    requests_.abandon(account, key);
    return {};
  }

  Result<void> sweep(Time now, milliseconds lifetime) override {
    const std::scoped_lock lock(mutex_);
    reservations_.sweep(now);
    requests_.sweep(now, lifetime);
    return {};
  }

 private:
  std::vector<ApiKey> keys_of(std::string_view account) const {
    std::vector<ApiKey> found;
    for (const auto& [id, key] : keys_) {
      if (key.account == account) found.push_back(key);
    }
    std::sort(found.begin(), found.end(), [](const ApiKey& one, const ApiKey& other) {
      return std::tie(one.created, one.id) < std::tie(other.created, other.id);
    });
    return found;
  }

  std::mutex mutex_;
  std::map<std::string, Account, std::less<>> accounts_;
  std::map<std::string, std::string> names_;   // folded, to ids
  std::map<std::string, std::string> emails_;  // to ids
  std::map<std::string, ApiKey, std::less<>> keys_;
  ReservationTable reservations_;
  RequestTable requests_;
};

}  // namespace

std::shared_ptr<AccountStore> memory_account_store() { return std::make_shared<MemoryAccountStore>(); }

}  // namespace convert::server
