// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <filesystem>
#include <functional>
#include <memory>
#include <ostream>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <convert/server/accounts.hpp>

#include "conformance/support/suite_support.hpp"

/// The fixture of the AccountStore suite.
namespace convert::conformance {

using server::Account;
using server::AccountChange;
using server::AccountStore;
using server::ApiKey;
using server::IdempotencyRecord;
using server::QuotaRequest;
using server::Reservation;
using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

/// A backend under test.
struct AccountStoreBackend {
  std::string name;  ///< letters and digits
  /// Opens the store of this folder. Opening the same folder again gives the same accounts, if the backend is
  /// persistent.
  std::function<Result<std::shared_ptr<AccountStore>>(const std::filesystem::path& folder)> open;
  bool persistent = true;  ///< whether accounts outlive the store object
  bool shared = true;      ///< whether several store objects and processes can use the same store
  std::string missing{};   ///< why the backend cannot be tested here; skips its tests
};
inline void PrintTo(const AccountStoreBackend& backend, std::ostream* out) { *out << backend.name; }
/// For INSTANTIATE_TEST_SUITE_P: names the tests of each backend.
inline std::string name_of_account_store(const testing::TestParamInfo<AccountStoreBackend>& row) {
  return row.param.name;
}

inline void print(std::ostream& out, const std::optional<std::uint64_t>& limit) {
  limit ? out << *limit : out << "none";
}

/// All fields of an account as text, so that failed comparisons are readable.
inline std::string describe(const Account& account) {
  std::ostringstream out;
  out << "id " << account.id << ", name '" << account.name << "', email '" << account.email << "', password '"
      << account.password << "', language '" << account.language << "', admin " << account.admin
      << ", disabled " << account.disabled << ", wants mail " << account.email_notifications << ", confirmed "
      << account.email_confirmed << ", leaving " << account.being_deleted << ", epoch " << account.epoch
      << ", created " << account.created.time_since_epoch().count() << ", quota";
  for (const auto& limit : {account.quota.storage_bytes, account.quota.file_bytes}) print(out << " ", limit);
  for (const auto& limit : {account.quota.tasks_per_day, account.quota.active_tasks})
    print(out << " ", limit);
  return out.str();
}

inline std::string describe(const ApiKey& key) {
  std::ostringstream out;
  out << "id " << key.id << ", account " << key.account << ", name '" << key.name << "', hash '" << key.hash
      << "', created " << key.created.time_since_epoch().count() << ", used "
      << (key.last_used ? key.last_used->time_since_epoch().count() : -1);
  return out.str();
}

class AccountStoreSuite : public testing::TestWithParam<AccountStoreBackend> {
 protected:
  void SetUp() override {
    if (!GetParam().missing.empty()) GTEST_SKIP() << GetParam().missing;
    ASSERT_FALSE(folder_.path().empty()) << "cannot create a folder for the test";
    open();
  }

  std::shared_ptr<AccountStore> another() {
    auto opened = GetParam().open(folder_.path());
    if (!opened) ADD_FAILURE() << opened.error().message;
    return opened ? *opened : nullptr;
  }
  void open() {
    store_ = another();
    ASSERT_NE(store_, nullptr);
  }
  void close() { store_.reset(); }
  /// Closes the store and opens it again, if the backend is persistent.
  void open_again() {
    if (!GetParam().persistent) return;
    close();
    open();
  }

  AccountStore& store() { return *store_; }
  const std::filesystem::path& folder() const { return folder_.path(); }

  template <class T>
  T expect_ok(Result<T> result) {
    if (!result) ADD_FAILURE() << result.error().message;
    return result ? std::move(*result) : T{};
  }
  void expect_ok(const Result<void>& result) {
    if (!result) ADD_FAILURE() << result.error().message;
  }

  static Account person(const std::string& name) {
    Account account;
    account.name = name;
    account.email = name + "@example.org";
    account.password = "$argon2id$v=19$m=19456,t=2,p=1$" + name;
    return account;
  }
  Account create(const std::string& name) { return expect_ok(store().create(person(name))); }
  Account find(const std::string& id) { return expect_ok(store().find(id)); }

  static ApiKey key(const std::string& id, const std::string& account,
                    Time created = Time(seconds(1'800'000'000))) {
    return {id, account, "key " + id, "hash of " + id, created, {}};
  }

 private:
  Folder folder_;
  std::shared_ptr<AccountStore> store_;
};

/// 2027-01-15 08:00 UTC.
inline constexpr Time kMorning{seconds(1'800'000'000)};
inline constexpr milliseconds kLease = minutes(2);
inline constexpr milliseconds kValid = hours(24);
inline constexpr milliseconds kRequestTimeout = minutes(1);

}  // namespace convert::conformance
