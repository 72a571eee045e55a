// SPDX-License-Identifier: MIT
#pragma once

#include "conformance/accounts/account_store_fixture.hpp"

/// API keys.
namespace convert::conformance {

TEST_P(AccountStoreSuite, StoresKeysUntilTheyAreRemoved) {
  const auto ann = create("ann");
  const auto bob = create("bob");
  expect_ok(store().add_key(key("second", ann.id, kMorning + seconds(2))));
  expect_ok(store().add_key(key("first", ann.id, kMorning + seconds(1))));
  expect_ok(store().add_key(key("bobs", bob.id)));
  open_again();
  EXPECT_EQ(describe(expect_ok(store().find_key("first"))),
            describe(key("first", ann.id, kMorning + seconds(1))));
  const auto keys = expect_ok(store().list_keys(ann.id));
  ASSERT_EQ(keys.size(), 2U);
  EXPECT_EQ(keys[0].id, "first");
  EXPECT_EQ(keys[1].id, "second");

  EXPECT_ERROR(store().remove_key(bob.id, "first"), Errc::not_found);
  EXPECT_ERROR(store().remove_key(ann.id, "none"), Errc::not_found);
  expect_ok(store().remove_key(ann.id, "first"));
  open_again();
  EXPECT_ERROR(store().find_key("first"), Errc::not_found);
  EXPECT_ERROR(store().remove_key(ann.id, "first"), Errc::not_found);
  EXPECT_EQ(expect_ok(store().list_keys(ann.id)).size(), 1U);
  EXPECT_TRUE(expect_ok(store().list_keys("nobody")).empty());
}

TEST_P(AccountStoreSuite, RejectsKeysOfUnknownAccountsAndDuplicates) {
  const auto ann = create("ann");
  const auto bob = create("bob");
  EXPECT_ERROR(store().add_key(key("a", "nobody")), Errc::not_found);
  expect_ok(store().add_key(key("a", ann.id)));
  EXPECT_ERROR(store().add_key(key("a", ann.id)), Errc::conflict);
  EXPECT_ERROR(store().add_key(key("a", bob.id)), Errc::conflict);
  EXPECT_EQ(expect_ok(store().find_key("a")).account, ann.id);
}

TEST_P(AccountStoreSuite, AnAccountHasAtMostAHundredKeys) {
  const auto ann = create("ann");
  const auto bob = create("bob");
  for (int n = 0; n < 100; ++n) expect_ok(store().add_key(key("key" + std::to_string(n), ann.id)));
  EXPECT_ERROR(store().add_key(key("onemore", ann.id)), Errc::limit_exceeded);
  expect_ok(store().add_key(key("bobs", bob.id)));
  expect_ok(store().remove_key(ann.id, "key50"));
  expect_ok(store().add_key(key("onemore", ann.id)));
}

TEST_P(AccountStoreSuite, RecordsTheUseOfAKeyOnceAMinute) {
  const auto ann = create("ann");
  expect_ok(store().add_key(key("a", ann.id)));
  const auto use = [&](Time at) {
    expect_ok(store().touch_key("a", at));
    return expect_ok(store().find_key("a")).last_used.value_or(Time{});
  };
  EXPECT_EQ(use(kMorning), kMorning);
  EXPECT_EQ(use(kMorning + seconds(59)), kMorning);
  EXPECT_EQ(use(kMorning + seconds(60)), kMorning + seconds(60));
  EXPECT_EQ(use(kMorning), kMorning + seconds(60));  // an older time is ignored
  open_again();
  EXPECT_EQ(expect_ok(store().find_key("a")).last_used, kMorning + seconds(60));
  expect_ok(store().touch_key("none", kMorning));
}

}  // namespace convert::conformance
