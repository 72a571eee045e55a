// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <set>

#include "conformance/accounts/account_store_fixture.hpp"

/// Accounts: create, find, change and remove.
namespace convert::conformance {

TEST_P(AccountStoreSuite, StoresAllFieldsOfAnAccount) {
  auto requested = person("ann");
  requested.id = "mine";
  requested.epoch = 7;
  requested.language = "pt-BR";
  requested.admin = requested.email_notifications = requested.email_confirmed = true;
  requested.quota = {std::uint64_t{5} << 40, 0, 2'000, std::nullopt};
  const auto before = std::chrono::system_clock::now() - seconds(2);
  const auto made = expect_ok(store().create(requested));
  EXPECT_GE(made.created, before);
  EXPECT_LE(made.created, std::chrono::system_clock::now() + seconds(2));
  EXPECT_THAT(made.id, testing::MatchesRegex("[a-z2-7]{16}"));
  auto expected = requested;
  expected.id = made.id;
  expected.epoch = 0;
  expected.created = made.created;
  EXPECT_EQ(describe(made), describe(expected));
  open_again();
  EXPECT_EQ(describe(find(made.id)), describe(expected));
}

TEST_P(AccountStoreSuite, StoresAnyText) {
  auto requested = person("M\xc3\xbcller; DROP TABLE accounts--'\"%_");
  requested.email = "o'hara+%_@example.org";
  requested.password = "a\x01\x7F\\b\n";
  const auto made = expect_ok(store().create(requested));
  open_again();
  EXPECT_EQ(find(made.id).name, requested.name);
  EXPECT_EQ(find(made.id).password, requested.password);
  EXPECT_EQ(expect_ok(store().find_login(requested.name)).id, made.id);
  EXPECT_EQ(expect_ok(store().find_login(requested.email)).id, made.id);
  EXPECT_ERROR(store().find_login("%"), Errc::not_found);
}

/// PostgreSQL refuses NUL and what is not UTF-8, so every store does.
TEST_P(AccountStoreSuite, RejectsTextThatIsNotUtf8OrHasNul) {
  const auto ann = create("ann");
  for (const auto& bad : {std::string("a\0b", 3), std::string("\xff"), std::string("\xed\xa0\x80")}) {
    for (const auto member : {&Account::name, &Account::email, &Account::password, &Account::language}) {
      auto requested = person("bob");
      requested.*member = bad;
      EXPECT_ERROR(store().create(requested), Errc::invalid_argument);
    }
    for (const auto member : {&AccountChange::email, &AccountChange::password, &AccountChange::language}) {
      AccountChange change;
      change.*member = bad;
      EXPECT_ERROR(store().change(ann.id, change), Errc::invalid_argument);
    }
    EXPECT_ERROR(store().change(bad, {}), Errc::not_found);
    EXPECT_ERROR(store().find(bad), Errc::not_found);
    EXPECT_ERROR(store().find_login(bad), Errc::not_found);
    EXPECT_ERROR(store().find_login(bad + "@"), Errc::not_found);
    expect_ok(store().remove(bad));

    auto named = key("a", ann.id);
    named.name = bad;
    EXPECT_ERROR(store().add_key(named), Errc::invalid_argument);
    EXPECT_ERROR(store().find_key(bad), Errc::not_found);
    EXPECT_ERROR(store().remove_key(ann.id, bad), Errc::not_found);
    EXPECT_EQ(expect_ok(store().list_keys(bad)).size(), 0U);
    expect_ok(store().touch_key(bad, kMorning));

    EXPECT_ERROR(store().reserve({bad, 1, 1, {}}, kMorning, kLease), Errc::invalid_argument);
    EXPECT_ERROR(store().grow(bad, 1, kMorning), Errc::not_found);
    EXPECT_EQ(expect_ok(store().reserved_usage(bad, kMorning)).total_tasks, 0U);
    expect_ok(store().settle(bad));
    expect_ok(store().release(bad));
    EXPECT_ERROR(store().begin_request(bad, "k", kMorning, kValid, kRequestTimeout), Errc::invalid_argument);
    EXPECT_ERROR(store().begin_request("ann", bad, kMorning, kValid, kRequestTimeout),
                 Errc::invalid_argument);
    EXPECT_ERROR(store().complete_request("ann", "k", 200, bad), Errc::invalid_argument);
    expect_ok(store().abandon_request(bad, bad));
  }
  EXPECT_EQ(expect_ok(store().list("", 100)).size(), 1U);
}

TEST_P(AccountStoreSuite, NamesAndAddressesAreUniqueIgnoringCase) {
  auto requested = person("Ann");
  requested.email = "Ann@Example.org";
  const auto ann = expect_ok(store().create(requested));
  EXPECT_EQ(ann.name, "Ann");
  EXPECT_EQ(ann.email, "ann@example.org");

  auto same_name = person("aNN");
  same_name.email = "other@example.org";
  const auto taken = store().create(same_name);
  ASSERT_FALSE(taken);
  EXPECT_EQ(taken.error().code, Errc::conflict);
  EXPECT_EQ(taken.error().message, server::kNameTaken);

  auto same_email = person("bob");
  same_email.email = "ANN@example.ORG";
  const auto taken_too = store().create(same_email);
  ASSERT_FALSE(taken_too);
  EXPECT_EQ(taken_too.error().code, Errc::conflict);
  EXPECT_EQ(taken_too.error().message, server::kEmailTaken);

  EXPECT_EQ(expect_ok(store().list("", 10)).size(), 1U);
  create("bob");
}

TEST_P(AccountStoreSuite, FindsLoginsByNameOrAddressIgnoringCase) {
  const auto ann = create("Ann");
  create("bob");
  for (const std::string login : {"Ann", "ann", "ANN", "Ann@example.org", "ANN@EXAMPLE.ORG"}) {
    EXPECT_EQ(expect_ok(store().find_login(login)).id, ann.id) << login;
  }
  for (const std::string login : {"", "an", "Ann ", "@", "ann@", "@example.org", "example.org"}) {
    EXPECT_ERROR(store().find_login(login), Errc::not_found);
  }
  EXPECT_ERROR(store().find(""), Errc::not_found);
  EXPECT_ERROR(store().find("Ann"), Errc::not_found);
}

TEST_P(AccountStoreSuite, ChangesOnlyTheGivenFields) {
  auto expected = create("ann");
  const auto bob = create("bob");
  const auto change = [&](const AccountChange& requested) {
    EXPECT_EQ(describe(expect_ok(store().change(expected.id, requested))), describe(expected));
    open_again();
    EXPECT_EQ(describe(find(expected.id)), describe(expected));
  };
  change({});
  AccountChange email;
  email.email = "New@Example.org";
  expected.email = "new@example.org";
  change(email);
  AccountChange password;
  password.password = "another";
  password.revoke_tokens = true;
  expected.password = "another";
  expected.epoch = 1;
  change(password);
  AccountChange flags;
  flags.admin = flags.disabled = flags.email_notifications = flags.email_confirmed = flags.being_deleted =
      true;
  expected.admin = expected.disabled = expected.email_notifications = expected.email_confirmed =
      expected.being_deleted = true;
  change(flags);
  AccountChange back;
  back.admin = back.disabled = back.being_deleted = false;
  back.language = "de";
  expected.admin = expected.disabled = expected.being_deleted = false;
  expected.language = "de";
  change(back);
  AccountChange quota;
  quota.quota = server::Quota{std::nullopt, 1, 0, 4};
  expected.quota = *quota.quota;
  change(quota);
  EXPECT_EQ(describe(find(bob.id)), describe(bob));
}

TEST_P(AccountStoreSuite, AFailedChangeChangesNothing) {
  const auto ann = create("ann");
  create("bob");
  AccountChange requested;
  requested.email = "BOB@example.org";
  requested.admin = true;
  requested.revoke_tokens = true;
  const auto refused = store().change(ann.id, requested);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Errc::conflict);
  EXPECT_EQ(refused.error().message, server::kEmailTaken);
  EXPECT_EQ(describe(find(ann.id)), describe(ann));
  EXPECT_ERROR(store().change("nobody", {}), Errc::not_found);
  AccountChange own;
  own.email = "ANN@example.org";  // the account's own address is no conflict
  EXPECT_EQ(expect_ok(store().change(ann.id, own)).email, "ann@example.org");
}

TEST_P(AccountStoreSuite, ListsAccountsInPages) {
  EXPECT_TRUE(expect_ok(store().list("", 10)).empty());
  std::set<std::string> made;
  for (int n = 0; n < 25; ++n) made.insert(create("person" + std::to_string(n)).id);
  std::vector<std::string> listed;
  for (std::string after;;) {
    const auto page = expect_ok(store().list(after, 7));
    if (page.empty()) break;
    EXPECT_LE(page.size(), 7U);
    for (const auto& account : page) listed.push_back(account.id);
    after = page.back().id;
  }
  EXPECT_EQ(listed, std::vector<std::string>(made.begin(), made.end()));
  EXPECT_EQ(expect_ok(store().list("", SIZE_MAX)).size(), 25U);
  EXPECT_TRUE(expect_ok(store().list("", 0)).empty());
}

TEST_P(AccountStoreSuite, RemovesAnAccountWithItsData) {
  const auto ann = create("ann");
  const auto bob = create("bob");
  for (const auto& one : {ann, bob}) {
    expect_ok(store().add_key(key("key" + one.name, one.id)));
    expect_ok(store().reserve({one.id, 10, 1, {}}, kMorning, kLease));
    expect_ok(store().begin_request(one.id, "k", kMorning, kValid, kRequestTimeout));
  }
  expect_ok(store().remove(ann.id));
  open_again();
  EXPECT_ERROR(store().find(ann.id), Errc::not_found);
  EXPECT_ERROR(store().find_login("ann"), Errc::not_found);
  EXPECT_ERROR(store().find_key("keyann"), Errc::not_found);
  EXPECT_TRUE(expect_ok(store().list_keys(ann.id)).empty());
  const auto reservation = expect_ok(store().reserve({ann.id, 5, 1, {}}, kMorning, kLease));
  EXPECT_EQ(reservation.total_bytes, 5U);
  EXPECT_EQ(reservation.tasks_today, 1U);
  EXPECT_EQ(expect_ok(store().begin_request(ann.id, "k", kMorning, kValid, kRequestTimeout)).state,
            IdempotencyRecord::State::acquired);

  EXPECT_EQ(expect_ok(store().find_key("keybob")).account, bob.id);
  EXPECT_EQ(expect_ok(store().reserve({bob.id, 5, 1, {}}, kMorning, kLease)).total_bytes, 15U);
  EXPECT_EQ(expect_ok(store().begin_request(bob.id, "k", kMorning, kValid, kRequestTimeout)).state,
            IdempotencyRecord::State::running);

  expect_ok(store().remove(ann.id));
  expect_ok(store().remove("nobody"));
  EXPECT_NE(create("ann").id, ann.id);
}

}  // namespace convert::conformance
