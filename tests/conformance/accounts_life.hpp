// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <set>

#include "conformance/accounts_fixture.hpp"

/// Accounts: made, found, changed, removed.
namespace convert::conformance {

TEST_P(AccountStoreSuite, KeepsAllOfAnAccount) {
  auto asked = person("ann");
  asked.id = "mine";
  asked.epoch = 7;
  asked.language = "pt-BR";
  asked.admin = asked.wants_mail = asked.confirmed = true;
  asked.quota = {std::uint64_t{5} << 40, 0, 2'000, std::nullopt};
  const auto before = std::chrono::system_clock::now() - seconds(2);
  const auto made = good(store().create(asked));
  EXPECT_GE(made.created, before);
  EXPECT_LE(made.created, std::chrono::system_clock::now() + seconds(2));
  EXPECT_THAT(made.id, testing::MatchesRegex("[a-z2-7]{16}"));
  auto expected = asked;
  expected.id = made.id;
  expected.epoch = 0;
  expected.created = made.created;
  EXPECT_EQ(describe(made), describe(expected));
  open_again();
  EXPECT_EQ(describe(find(made.id)), describe(expected));
}

TEST_P(AccountStoreSuite, KeepsAnyText) {
  auto asked = person("M\xc3\xbcller; DROP TABLE accounts--'\"%_");
  asked.email = "o'hara+%_@example.org";
  asked.password = std::string("a\0b", 3);
  const auto made = good(store().create(asked));
  open_again();
  EXPECT_EQ(find(made.id).name, asked.name);
  EXPECT_EQ(find(made.id).password, asked.password);
  EXPECT_EQ(good(store().find_login(asked.name)).id, made.id);
  EXPECT_EQ(good(store().find_login(asked.email)).id, made.id);
  EXPECT_ERROR(store().find_login("%"), Errc::not_found);
}

TEST_P(AccountStoreSuite, NamesAndAddressesAreUniqueInAnyCase) {
  auto asked = person("Ann");
  asked.email = "Ann@Example.org";
  const auto ann = good(store().create(asked));
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

  EXPECT_EQ(good(store().list("", 10)).size(), 1U);
  create("bob");
}

TEST_P(AccountStoreSuite, FindsLoginsByNameOrAddressInAnyCase) {
  const auto ann = create("Ann");
  create("bob");
  for (const std::string login : {"Ann", "ann", "ANN", "Ann@example.org", "ANN@EXAMPLE.ORG"}) {
    EXPECT_EQ(good(store().find_login(login)).id, ann.id) << login;
  }
  for (const std::string login : {"", "an", "Ann ", "@", "ann@", "@example.org", "example.org"}) {
    EXPECT_ERROR(store().find_login(login), Errc::not_found);
  }
  EXPECT_ERROR(store().find(""), Errc::not_found);
  EXPECT_ERROR(store().find("Ann"), Errc::not_found);
}

TEST_P(AccountStoreSuite, ChangesWhatIsSaidAndNothingElse) {
  auto expected = create("ann");
  const auto bob = create("bob");
  const auto change = [&](const AccountChange& asked) {
    EXPECT_EQ(describe(good(store().change(expected.id, asked))), describe(expected));
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
  password.void_tokens = true;
  expected.password = "another";
  expected.epoch = 1;
  change(password);
  AccountChange flags;
  flags.admin = flags.disabled = flags.wants_mail = flags.confirmed = flags.leaving = true;
  expected.admin = expected.disabled = expected.wants_mail = expected.confirmed = expected.leaving = true;
  change(flags);
  AccountChange back;
  back.admin = back.disabled = back.leaving = false;
  back.language = "de";
  expected.admin = expected.disabled = expected.leaving = false;
  expected.language = "de";
  change(back);
  AccountChange quota;
  quota.quota = server::Quota{std::nullopt, 1, 0, 4};
  expected.quota = *quota.quota;
  change(quota);
  EXPECT_EQ(describe(find(bob.id)), describe(bob));
}

TEST_P(AccountStoreSuite, AChangeThatIsRefusedChangesNothing) {
  const auto ann = create("ann");
  create("bob");
  AccountChange asked;
  asked.email = "BOB@example.org";
  asked.admin = true;
  asked.void_tokens = true;
  const auto refused = store().change(ann.id, asked);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Errc::conflict);
  EXPECT_EQ(refused.error().message, server::kEmailTaken);
  EXPECT_EQ(describe(find(ann.id)), describe(ann));
  EXPECT_ERROR(store().change("nobody", {}), Errc::not_found);
  AccountChange own;
  own.email = "ANN@example.org";  // one's own address is not in use by another
  EXPECT_EQ(good(store().change(ann.id, own)).email, "ann@example.org");
}

TEST_P(AccountStoreSuite, ListsByPages) {
  EXPECT_TRUE(good(store().list("", 10)).empty());
  std::set<std::string> made;
  for (int n = 0; n < 25; ++n) made.insert(create("person" + std::to_string(n)).id);
  std::vector<std::string> listed;
  for (std::string after;;) {
    const auto page = good(store().list(after, 7));
    if (page.empty()) break;
    EXPECT_LE(page.size(), 7U);
    for (const auto& account : page) listed.push_back(account.id);
    after = page.back().id;
  }
  EXPECT_EQ(listed, std::vector<std::string>(made.begin(), made.end()));
  EXPECT_EQ(good(store().list("", SIZE_MAX)).size(), 25U);
  EXPECT_TRUE(good(store().list("", 0)).empty());
}

TEST_P(AccountStoreSuite, RemovesAnAccountWithAllItHas) {
  const auto ann = create("ann");
  const auto bob = create("bob");
  for (const auto& one : {ann, bob}) {
    good(store().add_key(key("key" + one.name, one.id)));
    good(store().reserve({one.id, 10, 1, {}}, kMorning, kLease));
    good(store().begin_request(one.id, "k", kMorning, kValid, kPatience));
  }
  good(store().remove(ann.id));
  open_again();
  EXPECT_ERROR(store().find(ann.id), Errc::not_found);
  EXPECT_ERROR(store().find_login("ann"), Errc::not_found);
  EXPECT_ERROR(store().find_key("keyann"), Errc::not_found);
  EXPECT_TRUE(good(store().keys(ann.id)).empty());
  const auto room = good(store().reserve({ann.id, 5, 1, {}}, kMorning, kLease));
  EXPECT_EQ(room.bytes_in_all, 5U);
  EXPECT_EQ(room.tasks_today, 1U);
  EXPECT_EQ(good(store().begin_request(ann.id, "k", kMorning, kValid, kPatience)).state,
            KnownRequest::State::fresh);

  EXPECT_EQ(good(store().find_key("keybob")).account, bob.id);
  EXPECT_EQ(good(store().reserve({bob.id, 5, 1, {}}, kMorning, kLease)).bytes_in_all, 15U);
  EXPECT_EQ(good(store().begin_request(bob.id, "k", kMorning, kValid, kPatience)).state,
            KnownRequest::State::running);

  good(store().remove(ann.id));
  good(store().remove("nobody"));
  EXPECT_NE(create("ann").id, ann.id);
}

}  // namespace convert::conformance
