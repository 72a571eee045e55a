// SPDX-License-Identifier: MIT
#include "api/support/fields.hpp"

#include <gtest/gtest.h>

#include <string>

namespace convert::server::api {
namespace {

TEST(Fields, AreFoundByOurNameWhateverTheClientCalledThem) {
  Fields fields(FieldContext::task);
  ASSERT_TRUE(fields.add("extension_convertir", "mp3"));
  EXPECT_EQ(fields.find("newFormat"), "mp3");
  EXPECT_EQ(fields.find("extension_convertir"), std::nullopt);
}

TEST(Fields, TheSameTwiceIsOnce) {
  Fields fields(FieldContext::task);
  ASSERT_TRUE(fields.add("newFormat", "mp3"));
  EXPECT_TRUE(fields.add("newFormat", "mp3"));
  EXPECT_TRUE(fields.add("extension_convertir", "mp3"));
  EXPECT_EQ(fields.find("newFormat"), "mp3");
}

TEST(Fields, TwoValuesOfOneFieldAreRefusedByName) {
  Fields fields(FieldContext::task);
  ASSERT_TRUE(fields.add("newFormat", "mp3"));
  const auto again = fields.add("newFormat", "wav");
  ASSERT_FALSE(again);
  EXPECT_EQ(again.error().code, Errc::invalid_argument);
  EXPECT_NE(again.error().message.find("\"newFormat\""), std::string::npos) << again.error().message;
}

TEST(Fields, AnOlderNameWithAnotherValueIsRefusedByBothNames) {
  Fields fields(FieldContext::signup);
  ASSERT_TRUE(fields.add("username", "ada"));
  const auto again = fields.add("nombre", "bob");
  ASSERT_FALSE(again);
  EXPECT_NE(again.error().message.find("\"nombre\""), std::string::npos);
  EXPECT_NE(again.error().message.find("\"username\""), std::string::npos);
  EXPECT_EQ(again.error().message.find("ada"), std::string::npos) << "values may be secret";
  EXPECT_EQ(again.error().message.find("bob"), std::string::npos) << "values may be secret";
  EXPECT_EQ(fields.find("username"), "ada");
}

TEST(Fields, EmptyOnesAreThereButNotFilled) {
  Fields fields(FieldContext::account);
  ASSERT_TRUE(fields.add("language", ""));
  EXPECT_EQ(fields.find("language"), "");
  EXPECT_EQ(fields.non_empty("language"), std::nullopt);
  EXPECT_EQ(fields.find("email"), std::nullopt);
}

TEST(Fields, FlagsAreWordsOfBothKinds) {
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
  EXPECT_EQ(fields.boolean("other").value(), std::nullopt);
}

}  // namespace
}  // namespace convert::server::api
