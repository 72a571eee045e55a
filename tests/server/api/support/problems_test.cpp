// SPDX-License-Identifier: MIT
#include "api/support/problems.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <optional>
#include <string>

namespace convert::server::api {
namespace {

std::optional<std::string> field(const Response& response, std::string_view name) {
  const auto at = std::find_if(response.fields.begin(), response.fields.end(),
                               [&](const Field& one) { return one.name == name; });
  if (at == response.fields.end()) return {};
  return at->value;
}

std::string body(const Response& response) { return std::get<std::string>(response.body); }

TEST(Errors, AreProblemDocumentsWithTheOlderMember) {
  const Response response = error_response(400, "no_file", "There is no file.");
  EXPECT_EQ(response.status, 400U);
  EXPECT_EQ(field(response, "Content-Type"), "application/problem+json");
  EXPECT_NE(body(response).find(R"("detail":"There is no file.")"), std::string::npos) << body(response);
  EXPECT_NE(body(response).find(R"("error":"There is no file.")"), std::string::npos) << body(response);
  EXPECT_NE(body(response).find(R"("code":"no_file")"), std::string::npos) << body(response);
  EXPECT_NE(body(response).find(R"("status":400)"), std::string::npos) << body(response);
}

TEST(Errors, RetryAfterIsInWholeSecondsAndNeverZero) {
  EXPECT_EQ(field(error_response(429, "x", "X.", std::chrono::milliseconds(1)), "Retry-After"), "1");
  EXPECT_EQ(field(error_response(429, "x", "X.", std::chrono::milliseconds(0)), "Retry-After"), "1");
  EXPECT_EQ(field(error_response(429, "x", "X.", std::chrono::milliseconds(1'001)), "Retry-After"), "2");
  EXPECT_EQ(field(error_response(503, "x", "X.", std::chrono::seconds(60)), "Retry-After"), "60");
  EXPECT_EQ(field(error_response(Error{Errc::unavailable, "", true}), "Retry-After"), "2");
  EXPECT_EQ(field(error_response(Error{Errc::corrupt_input, "Bad.", true}), "Retry-After"), std::nullopt);
}

TEST(Errors, UnauthorizedNamesItsScheme) {
  EXPECT_EQ(unauthorized().status, 401U);
  EXPECT_EQ(field(unauthorized(), "WWW-Authenticate"), "Bearer");
}

TEST(Errors, WhatIsMissingAndWhatIsSomebodyElsesIsOneAnswer) {
  EXPECT_EQ(body(not_found()), body(error_response(Error{Errc::not_found, "There is no job 7.", false})));
  EXPECT_EQ(not_found().status, 404U);
}

}  // namespace
}  // namespace convert::server::api
