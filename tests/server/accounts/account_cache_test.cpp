// SPDX-License-Identifier: MIT
#include "accounts/account_cache.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <functional>
#include <thread>
#include <vector>

namespace convert::server::accounts {
namespace {

using std::chrono::milliseconds;

/// A cache over a memory store, with a settable clock.
class AccountCacheTest : public testing::Test {
 protected:
  std::string create(const std::string& name) {
    Account account;
    account.name = name;
    account.email = name + "@example.org";
    return store_->create(account).value().id;
  }
  void rename(const std::string& id, const std::string& email) {
    AccountChange change;
    change.email = email;
    ASSERT_TRUE(store_->change(id, change));
  }
  std::string email(const std::string& id) { return cache_.account(id).value()->email; }

  std::shared_ptr<AccountStore> store_ = memory_account_store();
  std::atomic<std::int64_t> ms_ = 1'000'000;
  std::function<void()> on_clock_read_;  // called when the cache reads the clock
  AccountCache cache_{store_, [this] {
                        if (on_clock_read_) on_clock_read_();
                        return AccountCache::TimePoint(milliseconds(ms_.load()));
                      }};
};

TEST_F(AccountCacheTest, CachesAnAccountForOneSecond) {
  const auto ann = create("ann");
  EXPECT_EQ(cache_.cached_account(ann), nullptr);
  EXPECT_EQ(email(ann), "ann@example.org");
  ASSERT_NE(cache_.cached_account(ann), nullptr);
  rename(ann, "new@example.org");
  ms_ += 999;
  EXPECT_EQ(email(ann), "ann@example.org") << "somebody else has changed it";
  ms_ += 1;
  EXPECT_EQ(cache_.cached_account(ann), nullptr);
  EXPECT_EQ(email(ann), "new@example.org");
}

TEST_F(AccountCacheTest, InvalidateTakesEffectAtOnce) {
  const auto ann = create("ann");
  const auto bob = create("bob");
  ASSERT_TRUE(store_->add_key({"k", ann, "key", "hash", {}, {}}));
  EXPECT_EQ(cache_.key("k").value()->account, ann);
  EXPECT_EQ(email(ann), "ann@example.org");
  EXPECT_EQ(email(bob), "bob@example.org");
  rename(ann, "new@example.org");
  ASSERT_TRUE(store_->remove_key(ann, "k"));
  cache_.invalidate(ann);
  EXPECT_EQ(email(ann), "new@example.org");
  EXPECT_EQ(cache_.key("k").error().code, Errc::not_found);
  EXPECT_NE(cache_.cached_account(bob), nullptr);
}

TEST_F(AccountCacheTest, ReturnsErrorsOfTheStore) {
  EXPECT_EQ(cache_.account("nobody").error().code, Errc::not_found);
  EXPECT_EQ(cache_.key("none").error().code, Errc::not_found);
  const auto ann = create("ann");
  EXPECT_EQ(email(ann), "ann@example.org") << "what was not there is not remembered";
  EXPECT_EQ(cache_.cached_key("none"), nullptr);
}

TEST_F(AccountCacheTest, HoldsTenThousandEntries) {
  std::vector<std::string> ids;
  for (int n = 0; n < 10'001; ++n) {
    ids.push_back(create("person" + std::to_string(n)));
    ASSERT_TRUE(cache_.account(ids.back()));
  }
  EXPECT_EQ(cache_.cached_account(ids[0]), nullptr);
  EXPECT_NE(cache_.cached_account(ids[1]), nullptr);
  EXPECT_NE(cache_.cached_account(ids[10'000]), nullptr);
}

/// The cache reads the clock twice: for the lookup, and before it reads the store.
TEST_F(AccountCacheTest, DiscardsReadsThatRaceWithAChange) {
  const auto ann = create("ann");
  int reads = 0;
  on_clock_read_ = [&] {
    if (++reads == 2) cache_.invalidate(ann);
  };
  EXPECT_EQ(email(ann), "ann@example.org");
  EXPECT_EQ(reads, 2);
  EXPECT_EQ(cache_.cached_account(ann), nullptr);
  EXPECT_EQ(email(ann), "ann@example.org");
  EXPECT_NE(cache_.cached_account(ann), nullptr);
}

/// Four threads read during the changes.
TEST_F(AccountCacheTest, IsNeverOlderThanAnOwnChange) {
  const auto ann = create("ann");
  std::atomic<int> done = 0;
  std::atomic<bool> ended = false;
  std::vector<std::thread> readers;
  for (int n = 0; n < 4; ++n) {
    readers.emplace_back([&] {
      while (!ended) (void)cache_.account(ann);
    });
  }
  for (int n = 0; n < 500; ++n) {
    AccountChange change;
    change.revoke_tokens = true;
    const auto epoch = store_->change(ann, change).value().epoch;
    cache_.invalidate(ann);
    if (cache_.account(ann).value()->epoch == epoch) ++done;
  }
  ended = true;
  for (auto& reader : readers) reader.join();
  EXPECT_EQ(done, 500);
}

}  // namespace
}  // namespace convert::server::accounts
