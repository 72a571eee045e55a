// SPDX-License-Identifier: MIT
#include "api/support/request_fields.hpp"

#include <gtest/gtest.h>
#include <array>
#include <string>
#include <string_view>

namespace convert::server::api {
namespace {

TEST(Fields, AreFoundByTheCurrentName) {
  Fields fields(FieldContext::task);
  ASSERT_TRUE(fields.add("extension_convertir", "mp3"));
  EXPECT_EQ(fields.find("newFormat"), "mp3");
  EXPECT_EQ(fields.find("extension_convertir"), std::nullopt);
}

TEST(Fields, AcceptARepeatedEqualValue) {
  Fields fields(FieldContext::task);
  ASSERT_TRUE(fields.add("newFormat", "mp3"));
  EXPECT_TRUE(fields.add("newFormat", "mp3"));
  EXPECT_TRUE(fields.add("extension_convertir", "mp3"));
  EXPECT_EQ(fields.find("newFormat"), "mp3");
}

TEST(Fields, RejectTwoValuesOfOneField) {
  Fields fields(FieldContext::task);
  ASSERT_TRUE(fields.add("newFormat", "mp3"));
  const auto again = fields.add("newFormat", "wav");
  ASSERT_FALSE(again);
  EXPECT_EQ(again.error().code, "invalid_argument");
  EXPECT_NE(again.error().detail.find("\"newFormat\""), std::string::npos) << again.error().detail;
}

TEST(Fields, RejectDifferentValuesOfAFieldAndItsLegacyName) {
  Fields fields(FieldContext::signup);
  ASSERT_TRUE(fields.add("username", "ada"));
  const auto again = fields.add("nombre", "bob");
  ASSERT_FALSE(again);
  EXPECT_NE(again.error().detail.find("\"nombre\""), std::string::npos);
  EXPECT_NE(again.error().detail.find("\"username\""), std::string::npos);
  EXPECT_EQ(again.error().detail.find("ada"), std::string::npos) << "values may be secret";
  EXPECT_EQ(again.error().detail.find("bob"), std::string::npos) << "values may be secret";
  EXPECT_EQ(fields.find("username"), "ada");
}

/// As PostgreSQL does, whichever store is used.
TEST(Fields, RejectNulAndWhatIsNotUtf8) {
  for (const auto& bad : {std::string("a\0b", 3), std::string("\xff"), std::string("\xed\xa0\x80")}) {
    Fields fields(FieldContext::task);
    const auto value = fields.add("title", bad);
    ASSERT_FALSE(value);
    EXPECT_EQ(value.error().status, 400U);
    EXPECT_NE(value.error().detail.find("\"title\""), std::string::npos) << value.error().detail;
    const auto name = fields.add(bad, "a");
    ASSERT_FALSE(name);
    EXPECT_EQ(name.error().status, 400U);
    EXPECT_EQ(name.error().detail.find(bad), std::string::npos);
    EXPECT_EQ(fields.find("title"), std::nullopt);
  }
}

TEST(Fields, DistinguishEmptyAndMissingValues) {
  Fields fields(FieldContext::account);
  ASSERT_TRUE(fields.add("language", ""));
  EXPECT_EQ(fields.find("language"), "");
  EXPECT_EQ(fields.non_empty("language"), std::nullopt);
  EXPECT_EQ(fields.find("email"), std::nullopt);
}

TEST(Fields, ParseBooleans) {
  for (const auto& [text, value] : {std::pair{"true", true},
                                    {"1", true},
                                    {"yes", true},
                                    {"on", true},
                                    {"false", false},
                                    {"0", false},
                                    {"no", false},
                                    {"off", false}}) {
    Fields fields(FieldContext::account);
    ASSERT_TRUE(fields.add("mail", text));
    const auto boolean = fields.boolean("mail");
    ASSERT_TRUE(boolean) << text;
    EXPECT_EQ(*boolean, value) << text;
  }
  Fields fields(FieldContext::account);
  ASSERT_TRUE(fields.add("mail", "maybe"));
  EXPECT_FALSE(fields.boolean("mail"));
  EXPECT_EQ(*fields.boolean("other"), std::nullopt);
}

struct AliasCase {
  FieldContext context;
  std::string_view sent;
  std::string_view name;
};

// The contract's table of older names, row by row.
constexpr std::array kOlder{
    AliasCase{FieldContext::login, "user", "username"},
    AliasCase{FieldContext::signup, "user", "username"},
    AliasCase{FieldContext::signup, "nombre", "username"},
    AliasCase{FieldContext::signup, "password", "password1"},
    AliasCase{FieldContext::signup, "password_confirmation", "password2"},
    AliasCase{FieldContext::task, "nombre", "title"},
    AliasCase{FieldContext::task, "name", "filename"},
    AliasCase{FieldContext::task, "extension_convertir", "newFormat"},
    AliasCase{FieldContext::list, "max_tasks", "max"},
};

TEST(Aliases, MapLegacyNames) {
  for (const AliasCase& one : kOlder) EXPECT_EQ(field_name(one.context, one.sent), one.name) << one.sent;
}

TEST(Aliases, MapLegacyNamesOnlyInTheirContext) {
  EXPECT_EQ(field_name(FieldContext::login, "password"), "password");
  EXPECT_EQ(field_name(FieldContext::password, "password"), "password");
  EXPECT_EQ(field_name(FieldContext::password, "password_confirmation"), "password_confirmation");
  EXPECT_EQ(field_name(FieldContext::account, "nombre"), "nombre");
  EXPECT_EQ(field_name(FieldContext::task, "max_tasks"), "max_tasks");
  EXPECT_EQ(field_name(FieldContext::list, "extension_convertir"), "extension_convertir");
}

TEST(Aliases, KeepCurrentNames) {
  for (const AliasCase& one : kOlder) EXPECT_EQ(field_name(one.context, one.name), one.name);
}

TEST(Aliases, AreCaseSensitive) { EXPECT_EQ(field_name(FieldContext::login, "User"), "User"); }

}  // namespace
}  // namespace convert::server::api
