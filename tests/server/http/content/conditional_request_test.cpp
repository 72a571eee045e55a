// SPDX-License-Identifier: MIT
#include "http/content/conditional_request.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace convert::server::http {
namespace {

const Seconds kChanged{std::chrono::seconds(784'111'777)};
const std::string kEarlierDate = "Sun, 06 Nov 1994 08:49:36 GMT";
const std::string kChangeDate = "Sun, 06 Nov 1994 08:49:37 GMT";
const Validators kCurrent{"\"a\"", kChanged};

ConditionResult evaluate(const std::vector<FieldView>& fields, Method method = Method::get,
                         Validators validators = kCurrent) {
  return evaluate_conditions(method, fields, validators, kChanged + std::chrono::hours(1));
}

TEST(Conditions, ProceedsWithoutConditions) {
  EXPECT_EQ(evaluate({{"Host", "a"}}), ConditionResult::proceed);
}

TEST(Conditions, EvaluatesIfMatch) {
  EXPECT_EQ(evaluate({{"If-Match", "\"a\""}}), ConditionResult::proceed);
  EXPECT_EQ(evaluate({{"if-match", "\"b\", \"a\""}}), ConditionResult::proceed);
  EXPECT_EQ(evaluate({{"If-Match", "\"b\""}, {"If-Match", "\"a\""}}), ConditionResult::proceed);
  EXPECT_EQ(evaluate({{"If-Match", "*"}}), ConditionResult::proceed);
  EXPECT_EQ(evaluate({{"If-Match", "\"b\""}}), ConditionResult::failed);
  EXPECT_EQ(evaluate({{"If-Match", "W/\"a\""}}), ConditionResult::failed);
  EXPECT_EQ(evaluate({{"If-Match", "a"}}), ConditionResult::failed);
  EXPECT_EQ(evaluate({{"If-Match", "\"a\""}}, Method::get, {"W/\"a\"", {}}), ConditionResult::failed);
  EXPECT_EQ(evaluate({{"If-Match", "\"a\""}}, Method::get, {}), ConditionResult::failed);
}

TEST(Conditions, EvaluatesIfUnmodifiedSince) {
  EXPECT_EQ(evaluate({{"If-Unmodified-Since", kChangeDate}}), ConditionResult::proceed);
  EXPECT_EQ(evaluate({{"If-Unmodified-Since", kEarlierDate}}), ConditionResult::failed);
  EXPECT_EQ(evaluate({{"If-Unmodified-Since", "nonsense"}}), ConditionResult::proceed);
  EXPECT_EQ(evaluate({{"If-Unmodified-Since", kEarlierDate}}, Method::get, {"\"a\"", {}}),
            ConditionResult::proceed);
  EXPECT_EQ(evaluate({{"If-Match", "\"a\""}, {"If-Unmodified-Since", kEarlierDate}}),
            ConditionResult::proceed);
}

TEST(Conditions, EvaluatesIfNoneMatch) {
  EXPECT_EQ(evaluate({{"If-None-Match", "\"a\""}}), ConditionResult::not_modified);
  EXPECT_EQ(evaluate({{"If-None-Match", "W/\"a\""}}, Method::head), ConditionResult::not_modified);
  EXPECT_EQ(evaluate({{"If-None-Match", "\"x,y\", \"a\""}}), ConditionResult::not_modified);
  EXPECT_EQ(evaluate({{"If-None-Match", "*"}}), ConditionResult::not_modified);
  EXPECT_EQ(evaluate({{"If-None-Match", "\"a\""}}, Method::put), ConditionResult::failed);
  EXPECT_EQ(evaluate({{"If-None-Match", "\"b\""}}), ConditionResult::proceed);
  EXPECT_EQ(evaluate({{"If-None-Match", "\"b\""}, {"If-Modified-Since", kChangeDate}}),
            ConditionResult::proceed);
  EXPECT_EQ(evaluate({{"If-None-Match", "\"a\""}}, Method::get, {"W/\"a\"", {}}),
            ConditionResult::not_modified);
}

TEST(Conditions, EvaluatesIfModifiedSince) {
  EXPECT_EQ(evaluate({{"If-Modified-Since", kChangeDate}}), ConditionResult::not_modified);
  EXPECT_EQ(evaluate({{"If-Modified-Since", kEarlierDate}}), ConditionResult::proceed);
  EXPECT_EQ(evaluate({{"If-Modified-Since", kChangeDate}}, Method::post), ConditionResult::proceed);
  EXPECT_EQ(evaluate({{"If-Modified-Since", "nonsense"}}), ConditionResult::proceed);
  EXPECT_EQ(evaluate({{"If-Modified-Since", kChangeDate}}, Method::get, {"\"a\"", {}}),
            ConditionResult::proceed);
}

TEST(Conditions, AppliesPrecedence) {
  EXPECT_EQ(evaluate({{"If-None-Match", "\"a\""}, {"If-Match", "\"b\""}}), ConditionResult::failed);
  EXPECT_EQ(evaluate({{"If-Modified-Since", kChangeDate}, {"If-Unmodified-Since", kEarlierDate}}),
            ConditionResult::failed);
}

TEST(Conditions, ParsesEntityTags) {
  EXPECT_EQ(parse_entity_tag("W/\"a\"")->text, "\"a\"");
  EXPECT_TRUE(parse_entity_tag("W/\"a\"")->weak);
  EXPECT_EQ(parse_entity_tag("\"\"")->text, "\"\"");
  for (const char* text : {"", "\"", "a", "\"a", "w/\"a\"", "\"a\"b\"", "\"a b\"", "*", "W/"}) {
    EXPECT_FALSE(parse_entity_tag(text)) << text;
  }
}

}  // namespace
}  // namespace convert::server::http
