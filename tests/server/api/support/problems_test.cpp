// SPDX-License-Identifier: MIT
#include "api/support/problems.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <optional>
#include <string>
#include "api/support/responses.hpp"

namespace convert::server::api {
namespace {

constexpr std::string_view kSecret = "Cannot open /var/lib/convertd/blobs/input/ab12: SELECT failed at 0x7f.";

struct FailureCase {
  Errc code;
  unsigned status;
  bool own_sentence;
  bool retry;
};

// Every code of the library, with the status of the contract.
constexpr std::array kCases{
    FailureCase{Errc::invalid_argument, 400, true, false},
    FailureCase{Errc::unsupported, 415, true, false},
    FailureCase{Errc::not_found, 404, false, false},
    FailureCase{Errc::conflict, 409, false, false},
    FailureCase{Errc::corrupt_input, 422, true, false},
    FailureCase{Errc::limit_exceeded, 413, true, false},
    FailureCase{Errc::cancelled, 503, false, true},
    FailureCase{Errc::unavailable, 503, false, true},
    FailureCase{Errc::io, 500, false, false},
    FailureCase{Errc::internal, 500, false, false},
    FailureCase{Errc::empty_input, 422, true, false},
    FailureCase{Errc::unrecognized_input, 422, true, false},
    FailureCase{Errc::truncated_input, 422, true, false},
    FailureCase{Errc::encrypted_input, 422, true, false},
    FailureCase{Errc::no_such_stream, 422, true, false},
    FailureCase{Errc::external_reference, 422, true, false},
    FailureCase{Errc::unsafe_path, 422, true, false},
    FailureCase{Errc::decompression_bomb, 422, true, false},
    FailureCase{Errc::deadline_exceeded, 422, true, false},
    FailureCase{Errc::crashed, 422, false, false},
    FailureCase{Errc::stalled, 422, true, false},
    FailureCase{Errc::forbidden, 422, false, false},
};

TEST(Problem, MapsEachCodeToItsStatus) {
  for (const FailureCase& one : kCases) {
    const Problem problem = problem_of({one.code, std::string(kSecret), false});
    EXPECT_EQ(problem.status, one.status) << to_string(one.code);
    EXPECT_EQ(problem.code, to_string(one.code));
    EXPECT_EQ(problem.retry_after.has_value(), one.retry) << to_string(one.code);
    EXPECT_EQ(problem.detail == kSecret, one.own_sentence) << to_string(one.code);
    EXPECT_FALSE(problem.detail.empty());
    EXPECT_EQ(problem.detail.back(), '.') << "a sentence for people";
  }
}

TEST(Problem, TestsEachErrorCode) {
  unsigned named = 0;
  for (unsigned number = 1; number < 256; ++number) {
    const auto name = to_string(static_cast<Errc>(number));
    if (name != to_string(static_cast<Errc>(255))) ++named;
  }
  EXPECT_EQ(named, kCases.size());
}

TEST(Problem, ReportsUnknownCodesAsInternalErrors) {
  const Problem problem = problem_of({static_cast<Errc>(200), std::string(kSecret), false});
  EXPECT_EQ(problem.status, 500U);
  EXPECT_EQ(problem.detail.find("SELECT"), std::string::npos);
}

TEST(Problem, HidesInternalDetails) {
  for (const Errc code : {Errc::io, Errc::internal, Errc::unavailable, Errc::not_found, Errc::conflict}) {
    EXPECT_EQ(problem_of({code, std::string(kSecret), false}).detail.find("blobs"), std::string::npos);
  }
  EXPECT_EQ(problem_of({Errc::corrupt_input, "The file is damaged.", false}).detail, "The file is damaged.");
}

TEST(Problem, IsRetryableForAFullDisk) {
  const Problem problem = problem_of({Errc::io, std::string(kSecret), true});
  EXPECT_EQ(problem.status, 503U);
  EXPECT_TRUE(problem.retry_after);
  EXPECT_EQ(problem.cause, kSecret) << "for the log";
}

TEST(Problem, MapsErrorsOfABody) {
  EXPECT_EQ(body_problem({Errc::deadline_exceeded, "", false}).status, 408U);
  EXPECT_EQ(body_problem({Errc::io, "", false}).status, 400U);
  EXPECT_EQ(body_problem({Errc::limit_exceeded, "Too large.", false}).status, 413U);
  EXPECT_EQ(body_problem({Errc::limit_exceeded, "Too large.", false}).code, "too_large");
  EXPECT_EQ(body_problem({Errc::invalid_argument, "Bad chunk.", false}).status, 400U);
  EXPECT_EQ(body_problem({Errc::unsupported, "No fields.", false}).status, 415U);
}

std::optional<std::string> field(const Response& response, std::string_view name) {
  const auto at = std::find_if(response.fields.begin(), response.fields.end(),
                               [&](const Field& one) { return one.name == name; });
  if (at == response.fields.end()) return {};
  return at->value;
}

std::string body(const Response& response) { return std::get<std::string>(response.body); }

TEST(Errors, AreProblemDocumentsWithTheLegacyMember) {
  const Response response = error_response(make_problem(400, "no_file", "There is no file."));
  EXPECT_EQ(response.status, 400U);
  EXPECT_EQ(field(response, "Content-Type"), "application/problem+json");
  EXPECT_NE(body(response).find(R"("detail":"There is no file.")"), std::string::npos) << body(response);
  EXPECT_NE(body(response).find(R"("error":"There is no file.")"), std::string::npos) << body(response);
  EXPECT_NE(body(response).find(R"("code":"no_file")"), std::string::npos) << body(response);
  EXPECT_NE(body(response).find(R"("status":400)"), std::string::npos) << body(response);
}

TEST(Errors, RoundRetryAfterUpToAtLeastOneSecond) {
  EXPECT_EQ(field(error_response(make_problem(429, "x", "X.", std::chrono::milliseconds(1))), "Retry-After"),
            "1");
  EXPECT_EQ(field(error_response(make_problem(429, "x", "X.", std::chrono::milliseconds(0))), "Retry-After"),
            "1");
  EXPECT_EQ(
      field(error_response(make_problem(429, "x", "X.", std::chrono::milliseconds(1'001))), "Retry-After"),
      "2");
  EXPECT_EQ(field(error_response(make_problem(503, "x", "X.", std::chrono::seconds(60))), "Retry-After"),
            "60");
  EXPECT_EQ(field(error_response(problem_of(Error{Errc::unavailable, "", true})), "Retry-After"), "2");
  EXPECT_EQ(field(error_response(problem_of(Error{Errc::corrupt_input, "Bad.", true})), "Retry-After"),
            std::nullopt);
}

TEST(Errors, NameTheSchemeOfUnauthorized) {
  EXPECT_EQ(unauthorized().status, 401U);
  EXPECT_EQ(field(error_response(unauthorized()), "WWW-Authenticate"), "Bearer");
}

TEST(Errors, HideWhetherAResourceExists) {
  EXPECT_EQ(body(error_response(not_found())),
            body(error_response(problem_of(Error{Errc::not_found, "There is no job 7.", false}))));
  EXPECT_EQ(not_found().status, 404U);
}

}  // namespace
}  // namespace convert::server::api
