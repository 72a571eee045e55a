// SPDX-License-Identifier: MIT
#include "http/conditions.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace convert::server::http {
namespace {

const Seconds changed{std::chrono::seconds(784'111'777)};
const std::string before = "Sun, 06 Nov 1994 08:49:36 GMT";
const std::string then = "Sun, 06 Nov 1994 08:49:37 GMT";
const Validators known{"\"a\"", changed};

Verdict check(const std::vector<FieldView>& fields, Method method = Method::get,
              Validators validators = known) {
  return check_conditions(method, fields, validators, changed + std::chrono::hours(1));
}

TEST(Conditions, NoneIsGood) { EXPECT_EQ(check({{"Host", "a"}}), Verdict::proceed); }

TEST(Conditions, IfMatch) {
  EXPECT_EQ(check({{"If-Match", "\"a\""}}), Verdict::proceed);
  EXPECT_EQ(check({{"if-match", "\"b\", \"a\""}}), Verdict::proceed);
  EXPECT_EQ(check({{"If-Match", "\"b\""}, {"If-Match", "\"a\""}}), Verdict::proceed);
  EXPECT_EQ(check({{"If-Match", "*"}}), Verdict::proceed);
  EXPECT_EQ(check({{"If-Match", "\"b\""}}), Verdict::failed);
  EXPECT_EQ(check({{"If-Match", "W/\"a\""}}), Verdict::failed);
  EXPECT_EQ(check({{"If-Match", "a"}}), Verdict::failed);
  EXPECT_EQ(check({{"If-Match", "\"a\""}}, Method::get, {"W/\"a\"", {}}), Verdict::failed);
  EXPECT_EQ(check({{"If-Match", "\"a\""}}, Method::get, {}), Verdict::failed);
}

TEST(Conditions, IfUnmodifiedSince) {
  EXPECT_EQ(check({{"If-Unmodified-Since", then}}), Verdict::proceed);
  EXPECT_EQ(check({{"If-Unmodified-Since", before}}), Verdict::failed);
  EXPECT_EQ(check({{"If-Unmodified-Since", "nonsense"}}), Verdict::proceed);
  EXPECT_EQ(check({{"If-Unmodified-Since", before}}, Method::get, {"\"a\"", {}}), Verdict::proceed);
  EXPECT_EQ(check({{"If-Match", "\"a\""}, {"If-Unmodified-Since", before}}), Verdict::proceed);
}

TEST(Conditions, IfNoneMatch) {
  EXPECT_EQ(check({{"If-None-Match", "\"a\""}}), Verdict::not_modified);
  EXPECT_EQ(check({{"If-None-Match", "W/\"a\""}}, Method::head), Verdict::not_modified);
  EXPECT_EQ(check({{"If-None-Match", "\"x,y\", \"a\""}}), Verdict::not_modified);
  EXPECT_EQ(check({{"If-None-Match", "*"}}), Verdict::not_modified);
  EXPECT_EQ(check({{"If-None-Match", "\"a\""}}, Method::put), Verdict::failed);
  EXPECT_EQ(check({{"If-None-Match", "\"b\""}}), Verdict::proceed);
  EXPECT_EQ(check({{"If-None-Match", "\"b\""}, {"If-Modified-Since", then}}), Verdict::proceed);
  EXPECT_EQ(check({{"If-None-Match", "\"a\""}}, Method::get, {"W/\"a\"", {}}), Verdict::not_modified);
}

TEST(Conditions, IfModifiedSince) {
  EXPECT_EQ(check({{"If-Modified-Since", then}}), Verdict::not_modified);
  EXPECT_EQ(check({{"If-Modified-Since", before}}), Verdict::proceed);
  EXPECT_EQ(check({{"If-Modified-Since", then}}, Method::post), Verdict::proceed);
  EXPECT_EQ(check({{"If-Modified-Since", "nonsense"}}), Verdict::proceed);
  EXPECT_EQ(check({{"If-Modified-Since", then}}, Method::get, {"\"a\"", {}}), Verdict::proceed);
}

TEST(Conditions, TheOrderCounts) {
  EXPECT_EQ(check({{"If-None-Match", "\"a\""}, {"If-Match", "\"b\""}}), Verdict::failed);
  EXPECT_EQ(check({{"If-Modified-Since", then}, {"If-Unmodified-Since", before}}), Verdict::failed);
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
