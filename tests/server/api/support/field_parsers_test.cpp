// SPDX-License-Identifier: MIT
#include "api/support/field_parsers.hpp"

#include <gtest/gtest.h>
#include <string>
#include <string_view>

namespace convert::server::api {
namespace {

// The refusal of `text`; empty if it was taken.
std::string refused(std::string_view text, FieldContext context = FieldContext::task) {
  Fields fields(context);
  const auto added = add_json(text, fields);
  if (added) return {};
  EXPECT_EQ(added.error().code, "invalid_argument");
  EXPECT_FALSE(added.error().detail.empty());
  return added.error().detail;
}

std::string value(std::string_view text, std::string_view name) {
  Fields fields(FieldContext::task);
  const auto added = add_json(text, fields);
  EXPECT_TRUE(added) << (added ? "" : added.error().detail);
  return std::string(fields.find(name).value_or("(none)"));
}

std::string nested(std::size_t depth) { return std::string(depth, '[') + std::string(depth, ']'); }

TEST(JsonBody, ConvertsValuesToText) {
  EXPECT_EQ(value(R"({"a":"text"})", "a"), "text");
  EXPECT_EQ(value(R"({"a":"\u00e9\"\\\n"})", "a"), "é\"\\\n");
  EXPECT_EQ(value(R"({"a":true})", "a"), "true");
  EXPECT_EQ(value(R"({"a":false})", "a"), "false");
  EXPECT_EQ(value(R"({"a":""})", "a"), "");
  EXPECT_EQ(value(R"({"a":null})", "a"), "(none)");
  EXPECT_EQ(value(R"({})", "a"), "(none)");
}

TEST(JsonBody, KeepsTheSpellingOfNumbers) {
  for (const std::string number : {"0", "-1", "7", "192000", "0.1", "1e3", "123456789012345678901234567890",
                                   "3.14159265358979323846264338327950288"}) {
    EXPECT_EQ(value("{\"a\":" + number + "}", "a"), number);
  }
}

TEST(JsonBody, KeepsObjectsAsJson) {
  EXPECT_EQ(
      value(R"({"options": {"bitrate": 192000, "tags": {"title": "a\"b"}, "x": [1, {"y": null}, true]}})",
            "options"),
      R"({"bitrate":192000,"tags":{"title":"a\"b"},"x":[1,{"y":null},true]})");
  EXPECT_EQ(value(R"({"options":{}})", "options"), "{}");
}

TEST(JsonBody, ReadsMembersAfterANestedObject) {
  Fields fields(FieldContext::task);
  ASSERT_TRUE(add_json(R"({"options":{"newFormat":"inner"},"newFormat":"mp3"})", fields));
  EXPECT_EQ(fields.find("newFormat"), "mp3");
  EXPECT_EQ(fields.find("options"), R"({"newFormat":"inner"})");
}

TEST(JsonBody, MapsLegacyNames) { EXPECT_EQ(value(R"({"extension_convertir":"MP3"})", "newFormat"), "MP3"); }

TEST(JsonBody, RejectsDocumentsThatAreNotObjects) {
  for (const std::string_view text : {"[]", "[{}]", "\"text\"", "7", "true", "null", "[1,2]"}) {
    EXPECT_NE(refused(text).find("object"), std::string::npos) << text;
  }
}

TEST(JsonBody, RejectsListsAsFields) { EXPECT_NE(refused(R"({"a":[1]})").find("list"), std::string::npos); }

TEST(JsonBody, RejectsInvalidJson) {
  for (const std::string_view text : {"",
                                      " ",
                                      "{",
                                      "}",
                                      "{\"a\"}",
                                      "{\"a\":}",
                                      "{\"a\":1,}",
                                      "{a:1}",
                                      "{'a':1}",
                                      "{\"a\":1}}",
                                      "{\"a\":1} x",
                                      "{\"a\":NaN}",
                                      "{\"a\":01}",
                                      "{\"a\":+1}",
                                      "{\"a\":1.}",
                                      "{\"a\":\"\n\"}",
                                      "{\"a\":\"\\x\"}",
                                      "// {}\n{}",
                                      "{\"a\":\"\\ud800\"}",
                                      "{\"a\":tru}"}) {
    EXPECT_FALSE(refused(text).empty()) << text;
  }
}

TEST(JsonBody, RejectsInvalidUtf8) {
  EXPECT_FALSE(refused("{\"a\":\"\xff\"}").empty());
  EXPECT_FALSE(refused("{\"a\":\"\xc0\xaf\"}").empty());
  EXPECT_FALSE(refused("{\"a\":\"\xed\xa0\x80\"}").empty());
}

TEST(JsonBody, RejectsNulAtAnyDepth) {
  EXPECT_NE(refused(R"({"title":"a\u0000b"})").find("NUL"), std::string::npos);
  EXPECT_NE(refused(R"({"a\u0000b":"c"})").find("NUL"), std::string::npos);
  EXPECT_NE(refused(R"({"options":{"tags":{"title":"\u0000"}}})").find("NUL"), std::string::npos);
  EXPECT_NE(refused(R"({"options":{"tags":{"\u0000":"a"}}})").find("NUL"), std::string::npos);
  EXPECT_EQ(refused(R"({"title":"a\\u0000b"})"), "") << "a backslash, not an escape";
}

TEST(JsonBody, RejectsRepeatedMembersAtAnyDepth) {
  EXPECT_NE(refused(R"({"a":1,"a":1})").find("\"a\" twice"), std::string::npos);
  EXPECT_NE(refused(R"({"options":{"b":1,"b":2}})").find("\"b\" twice"), std::string::npos);
  EXPECT_NE(refused(R"({"options":{"x":[{"c":1,"\u0063":2}]}})").find("\"c\" twice"), std::string::npos);
  EXPECT_EQ(refused(R"({"options":{"a":{"b":1},"b":{"b":1}}})"), "");
}

TEST(JsonBody, RejectsConflictingLegacyNames) {
  EXPECT_FALSE(refused(R"({"newFormat":"mp3","extension_convertir":"wav"})").empty());
  EXPECT_EQ(refused(R"({"newFormat":"mp3","extension_convertir":"mp3"})"), "");
}

TEST(JsonBody, LimitsNesting) {
  EXPECT_EQ(refused("{\"options\":{\"x\":" + nested(kMaxJsonDepth - 2) + "}}"), "");
  EXPECT_NE(refused("{\"options\":{\"x\":" + nested(kMaxJsonDepth - 1) + "}}").find("deep"),
            std::string::npos);
  EXPECT_NE(refused("{\"options\":{\"x\":" + nested(10'000) + "}}").find("deep"), std::string::npos);
  EXPECT_FALSE(refused(std::string(100'000, '[')).empty());
  std::string objects;
  for (int level = 0; level < 10'000; ++level) objects += "{\"a\":";
  EXPECT_NE(refused(objects).find("deep"), std::string::npos);
}

TEST(JsonBody, NeverRepeatsValuesInMessages) {
  EXPECT_EQ(refused(R"({"password":"hunter2","password":"hunter3"})").find("hunter"), std::string::npos);
  EXPECT_EQ(refused(R"({"password":"hunter2")").find("hunter"), std::string::npos);
}

}  // namespace
}  // namespace convert::server::api
