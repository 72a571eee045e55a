// SPDX-License-Identifier: MIT
#include "api/support/failure.hpp"

#include <gtest/gtest.h>

#include <array>
#include <string>

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

TEST(Problem, EveryCodeHasItsStatus) {
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

TEST(Problem, NoCodeWasForgotten) {
  unsigned named = 0;
  for (unsigned number = 1; number < 256; ++number) {
    const auto name = to_string(static_cast<Errc>(number));
    if (name != to_string(static_cast<Errc>(255))) ++named;
  }
  EXPECT_EQ(named, kCases.size());
}

TEST(Problem, ACodeThatIsNewerIsADefectOfOurs) {
  const Problem problem = problem_of({static_cast<Errc>(200), std::string(kSecret), false});
  EXPECT_EQ(problem.status, 500U);
  EXPECT_EQ(problem.detail.find("SELECT"), std::string::npos);
}

TEST(Problem, WhatIsInternalIsSaidInGeneralWords) {
  for (const Errc code : {Errc::io, Errc::internal, Errc::unavailable, Errc::not_found, Errc::conflict}) {
    EXPECT_EQ(problem_of({code, std::string(kSecret), false}).detail.find("blobs"), std::string::npos);
  }
  EXPECT_EQ(problem_of({Errc::corrupt_input, "The file is damaged.", false}).detail, "The file is damaged.");
}

TEST(Problem, AFullDiskPasses) {
  const Problem problem = problem_of({Errc::io, std::string(kSecret), true});
  EXPECT_EQ(problem.status, 503U);
  EXPECT_TRUE(problem.retry_after);
  EXPECT_EQ(problem.cause, kSecret) << "for the log";
}

TEST(Problem, OfABody) {
  EXPECT_EQ(body_problem({Errc::deadline_exceeded, "", false}).status, 408U);
  EXPECT_EQ(body_problem({Errc::io, "", false}).status, 400U);
  EXPECT_EQ(body_problem({Errc::limit_exceeded, "Too large.", false}).status, 413U);
  EXPECT_EQ(body_problem({Errc::limit_exceeded, "Too large.", false}).code, "too_large");
  EXPECT_EQ(body_problem({Errc::invalid_argument, "Bad chunk.", false}).status, 400U);
  EXPECT_EQ(body_problem({Errc::unsupported, "No fields.", false}).status, 415U);
}

}  // namespace
}  // namespace convert::server::api
