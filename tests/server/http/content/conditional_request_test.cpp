// SPDX-License-Identifier: MIT
#include "http/content/conditional_request.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace convert::server::http {
namespace {

const Seconds changed{std::chrono::seconds(784'111'777)};
const std::string before = "Sun, 06 Nov 1994 08:49:36 GMT";
const std::string then = "Sun, 06 Nov 1994 08:49:37 GMT";
const Validators known{"\"a\"", changed};

ConditionResult check(const std::vector<FieldView>& fields, Method method = Method::get,
                      Validators validators = known) {
  return evaluate_conditions(method, fields, validators, changed + std::chrono::hours(1));
}

TEST(Conditions, NoneIsGood) { EXPECT_EQ(check({{"Host", "a"}}), ConditionResult::proceed); }

TEST(Conditions, IfMatch) {
  EXPECT_EQ(check({{"If-Match", "\"a\""}}), ConditionResult::proceed);
  EXPECT_EQ(check({{"if-match", "\"b\", \"a\""}}), ConditionResult::proceed);
  EXPECT_EQ(check({{"If-Match", "\"b\""}, {"If-Match", "\"a\""}}), ConditionResult::proceed);
  EXPECT_EQ(check({{"If-Match", "*"}}), ConditionResult::proceed);
  EXPECT_EQ(check({{"If-Match", "\"b\""}}), ConditionResult::failed);
  EXPECT_EQ(check({{"If-Match", "W/\"a\""}}), ConditionResult::failed);
  EXPECT_EQ(check({{"If-Match", "a"}}), ConditionResult::failed);
  EXPECT_EQ(check({{"If-Match", "\"a\""}}, Method::get, {"W/\"a\"", {}}), ConditionResult::failed);
  EXPECT_EQ(check({{"If-Match", "\"a\""}}, Method::get, {}), ConditionResult::failed);
}

TEST(Conditions, IfUnmodifiedSince) {
  EXPECT_EQ(check({{"If-Unmodified-Since", then}}), ConditionResult::proceed);
  EXPECT_EQ(check({{"If-Unmodified-Since", before}}), ConditionResult::failed);
  EXPECT_EQ(check({{"If-Unmodified-Since", "nonsense"}}), ConditionResult::proceed);
  EXPECT_EQ(check({{"If-Unmodified-Since", before}}, Method::get, {"\"a\"", {}}), ConditionResult::proceed);
  EXPECT_EQ(check({{"If-Match", "\"a\""}, {"If-Unmodified-Since", before}}), ConditionResult::proceed);
}

TEST(Conditions, IfNoneMatch) {
  EXPECT_EQ(check({{"If-None-Match", "\"a\""}}), ConditionResult::not_modified);
  EXPECT_EQ(check({{"If-None-Match", "W/\"a\""}}, Method::head), ConditionResult::not_modified);
  EXPECT_EQ(check({{"If-None-Match", "\"x,y\", \"a\""}}), ConditionResult::not_modified);
  EXPECT_EQ(check({{"If-None-Match", "*"}}), ConditionResult::not_modified);
  EXPECT_EQ(check({{"If-None-Match", "\"a\""}}, Method::put), ConditionResult::failed);
  EXPECT_EQ(check({{"If-None-Match", "\"b\""}}), ConditionResult::proceed);
  EXPECT_EQ(check({{"If-None-Match", "\"b\""}, {"If-Modified-Since", then}}), ConditionResult::proceed);
  EXPECT_EQ(check({{"If-None-Match", "\"a\""}}, Method::get, {"W/\"a\"", {}}), ConditionResult::not_modified);
}

TEST(Conditions, IfModifiedSince) {
  EXPECT_EQ(check({{"If-Modified-Since", then}}), ConditionResult::not_modified);
  EXPECT_EQ(check({{"If-Modified-Since", before}}), ConditionResult::proceed);
  EXPECT_EQ(check({{"If-Modified-Since", then}}, Method::post), ConditionResult::proceed);
  EXPECT_EQ(check({{"If-Modified-Since", "nonsense"}}), ConditionResult::proceed);
  EXPECT_EQ(check({{"If-Modified-Since", then}}, Method::get, {"\"a\"", {}}), ConditionResult::proceed);
}

TEST(Conditions, TheOrderCounts) {
  EXPECT_EQ(check({{"If-None-Match", "\"a\""}, {"If-Match", "\"b\""}}), ConditionResult::failed);
  EXPECT_EQ(check({{"If-Modified-Since", then}, {"If-Unmodified-Since", before}}), ConditionResult::failed);
}

TEST(Conditions, Tags) {
  EXPECT_EQ(parse_entity_tag("W/\"a\"")->text, "\"a\"");
  EXPECT_TRUE(parse_entity_tag("W/\"a\"")->weak);
  EXPECT_EQ(parse_entity_tag("\"\"")->text, "\"\"");
  for (const char* text : {"", "\"", "a", "\"a", "w/\"a\"", "\"a\"b\"", "\"a b\"", "*", "W/"}) {
    EXPECT_FALSE(parse_entity_tag(text)) << text;
  }
}

}  // namespace
}  // namespace convert::server::http
