// SPDX-License-Identifier: MIT
#include "accounts/account_validation.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace convert::server::accounts {
namespace {

using testing::HasSubstr;

std::string text(const std::u8string& utf8) { return {utf8.begin(), utf8.end()}; }

TEST(UserNameTest, AcceptsNames) {
  for (const std::string& name :
       {std::string("a"), std::string("Ann B. O'Hara-Smith"), text(u8"Müller"), text(u8"山田太郎"),
        text(u8"😀"), std::string(64, 'x'), std::string("a.b+c%20'\"<>")}) {
    EXPECT_TRUE(validate_user_name(name)) << name;
  }
  std::string wide;
  for (int n = 0; n < 64; ++n) wide += text(u8"字");
  EXPECT_TRUE(validate_user_name(wide));
  EXPECT_FALSE(validate_user_name(wide + "x"));
}

TEST(UserNameTest, RejectsInvisibleCharacters) {
  const std::string refused[] = {"",
                                 std::string(65, 'x'),
                                 "a@b",
                                 "@",
                                 " a",
                                 "a ",
                                 text(u8"\u00a0a"),
                                 text(u8"a\u3000"),
                                 "a\nb",
                                 "a\tb",
                                 std::string("a\0b", 3),
                                 "a\x7f",
                                 text(u8"a\u0085b"),
                                 text(u8"a\u200bb"),
                                 text(u8"a\u202eb"),
                                 text(u8"a\u2066b"),
                                 text(u8"\ufeffa"),
                                 text(u8"a\u00adb"),
                                 "\xff",
                                 "a\xc3",
                                 "\xed\xa0\x80",
                                 "\xc0\xaf",
                                 "\xf4\x90\x80\x80"};
  for (const auto& name : refused) {
    const auto checked = validate_user_name(name);
    ASSERT_FALSE(checked) << name;
    EXPECT_EQ(checked.error().code, Errc::invalid_argument);
    EXPECT_THAT(checked.error().message, HasSubstr("name"));
    if (name.size() < 3) continue;
    EXPECT_THAT(checked.error().message, testing::Not(HasSubstr(name)));
  }
  EXPECT_TRUE(validate_key_name("me@home"));
  EXPECT_FALSE(validate_key_name("a\nb"));
  EXPECT_FALSE(validate_key_name(""));
}

TEST(EmailTest, NormalizesToLowerCase) {
  EXPECT_EQ(normalize_email("Ann.O'Hara+List@Mail.Example.ORG").value(), "ann.o'hara+list@mail.example.org");
  for (const std::string& email :
       {std::string("a@b.co"), std::string("x_y-z@1a.example"), std::string(64, 'a') + "@example.org",
        "a@" + std::string(63, 'b') + ".org", std::string("a@xn--mller-kva.de")}) {
    EXPECT_TRUE(normalize_email(email)) << email;
  }
}

TEST(EmailTest, RejectsInvalidAddresses) {
  const std::string refused[] = {"",
                                 "ann",
                                 "@example.org",
                                 "ann@",
                                 "ann@example",
                                 "ann@@example.org",
                                 "a@b@example.org",
                                 ".ann@example.org",
                                 "ann.@example.org",
                                 "a..b@example.org",
                                 "ann@.org",
                                 "ann@example.",
                                 "ann@example..org",
                                 "ann@-example.org",
                                 "ann@example-.org",
                                 "ann@exa_mple.org",
                                 "ann@127.0.0.1",
                                 "ann@[127.0.0.1]",
                                 "\"ann\"@example.org",
                                 "a b@example.org",
                                 " ann@example.org",
                                 "ann@example.org ",
                                 "ann@example.org\r\nBcc: all@example.org",
                                 "ann\n@example.org",
                                 std::string("ann\0@example.org", 16),
                                 "a<b>@example.org",
                                 "ann@exa\xc3\xa4mple.org",
                                 std::string(65, 'a') + "@example.org",
                                 "a@" + std::string(64, 'b') + ".org",
                                 "a@" + std::string(120, 'b') + "." + std::string(140, 'c') + ".org"};
  for (const auto& email : refused) {
    const auto checked = normalize_email(email);
    ASSERT_FALSE(checked) << email;
    EXPECT_EQ(checked.error().code, Errc::invalid_argument);
  }
  std::string long_one = "a@";
  while (long_one.size() < 250) long_one += "label.";
  EXPECT_TRUE(normalize_email(long_one.substr(0, 200) + "x"));
  EXPECT_FALSE(normalize_email(long_one + "toolong"));
}

TEST(PasswordPolicyTest, CountsCharacters) {
  const PasswordPolicy policy;
  EXPECT_TRUE(validate_password("12345678", policy));
  EXPECT_FALSE(validate_password("1234567", policy));
  EXPECT_TRUE(validate_password(text(u8"äöüßéèêë"), policy));
  EXPECT_FALSE(validate_password(text(u8"äöüß"), policy)) << "eight bytes, four characters";
  EXPECT_TRUE(validate_password(std::string(1'024, 'x'), policy));
  EXPECT_FALSE(validate_password(std::string(1'025, 'x'), policy));
  EXPECT_FALSE(validate_password("1234567\xff", policy));
  EXPECT_FALSE(validate_password("", policy));
  PasswordPolicy none;
  none.min_length = 0;
  EXPECT_FALSE(validate_password("", none));
  EXPECT_TRUE(validate_password("x", none));
  EXPECT_THAT(validate_password("short", policy).error().message, HasSubstr("8 characters"));
}

TEST(PasswordPolicyTest, RequiresCharacterClasses) {
  PasswordPolicy policy;
  policy.require_lower = policy.require_upper = policy.require_digit = policy.require_symbol = true;
  EXPECT_TRUE(validate_password("Passw0rd!", policy));
  EXPECT_TRUE(validate_password(text(u8"Passw0rdü"), policy));
  EXPECT_THAT(validate_password("PASSW0RD!", policy).error().message, HasSubstr("lower-case"));
  EXPECT_THAT(validate_password("passw0rd!", policy).error().message, HasSubstr("upper-case"));
  EXPECT_THAT(validate_password("Password!", policy).error().message, HasSubstr("digit"));
  EXPECT_THAT(validate_password("Passw0rds", policy).error().message,
              HasSubstr("neither a letter nor a digit"));
  const auto all = validate_password("????????", policy).error().message;
  EXPECT_THAT(all, testing::AllOf(HasSubstr("lower"), HasSubstr("upper"), HasSubstr("digit")));
}

TEST(LanguageTest, AcceptsLanguageTags) {
  for (const std::string tag : {"", "de", "pt-BR", "zh-Hant-TW", "sl-rozaj-biske"}) {
    EXPECT_TRUE(validate_language(tag)) << tag;
  }
  for (const std::string tag : {"d", "1e", "de_DE", "de-", "-de", "de--AT", "de-toolongtag", " de", "de\n"}) {
    EXPECT_FALSE(validate_language(tag)) << tag;
  }
  EXPECT_FALSE(validate_language("de-" + std::string("abcd-abcd-abcd-abcd-abcd-abcd-abcd")));
}

}  // namespace
}  // namespace convert::server::accounts
