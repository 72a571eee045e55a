// SPDX-License-Identifier: MIT
#include "json/value.hpp"

#include <gmock/gmock.h>

#include <string>

#include <boost/json/object.hpp>

namespace convert::json {
namespace {

using testing::HasSubstr;

std::string refusal(std::string_view text, const ParseLimits& limits = {}) {
  const auto value = parse(text, limits);
  if (value) return "accepted";
  EXPECT_EQ(value.error().code, Errc::invalid_argument);
  return value.error().message;
}

std::string nested(std::size_t depth) {
  std::string text;
  for (std::size_t i = 0; i < depth; ++i) text += R"({"a":[)";
  for (std::size_t i = 0; i < depth; ++i) text += "]}";
  return text;
}

constexpr ParseLimits kStrict{32, false, false};

TEST(JsonValue, IsWhatTheTextSays) {
  const auto value = parse(R"( {"name": "Anna", "n": [1, 2.5, true, null]} )");
  ASSERT_TRUE(value);
  EXPECT_EQ(value->at("name").as_string(), "Anna");
  EXPECT_EQ(value->at("n").as_array().size(), 4U);
}

TEST(JsonValue, OnlyOneAndWhole) {
  EXPECT_THAT(refusal(""), HasSubstr("ends too early"));
  EXPECT_THAT(refusal(R"({"a":1)"), HasSubstr("ends too early"));
  EXPECT_THAT(refusal("{} {}"), HasSubstr("line 1, column 4: something follows"));
  EXPECT_THAT(refusal("{\n  \"a\" 1}"), HasSubstr("line 2, column 7"));
}

TEST(JsonValue, DepthIsBounded) {
  EXPECT_EQ(refusal(nested(16)), "accepted");
  EXPECT_THAT(refusal(nested(17)), HasSubstr("nested too deep"));
  EXPECT_THAT(refusal(nested(10'000)), HasSubstr("nested too deep"));
  EXPECT_THAT(refusal(std::string(1'000'000, '[')), HasSubstr("nested too deep"));
}

TEST(JsonValue, OtherBytesThanUtf8OnlyWhereAllowed) {
  EXPECT_THAT(refusal("\"\xFF\""), HasSubstr("no JSON in UTF-8"));
  EXPECT_EQ(refusal("\"\xFF\"", {4, true}), "accepted");
}

TEST(JsonValue, ANameTwiceIsRefusedWhereItMatters) {
  EXPECT_EQ(refusal(R"({"a":1,"a":2})"), "accepted");
  EXPECT_THAT(refusal(R"({"a":1,"a":2})", kStrict), HasSubstr("column 10: the object has this name already"));
  EXPECT_THAT(refusal(R"({"a":1,"\u0061":2})", kStrict), HasSubstr("already"));
  EXPECT_THAT(refusal(R"([{"a":{"b":1,"b":1}}])", kStrict), HasSubstr("already"));
  EXPECT_EQ(refusal(R"({"a":{"a":1},"b":{"a":1}})", kStrict), "accepted");
}

}  // namespace
}  // namespace convert::json
