// SPDX-License-Identifier: MIT
#include "http/message/head_validator.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace convert::server::http {
namespace {

using HeadState = HeadValidator::State;

/// 0 for `more`, 200 for `complete`, else the status of the error.
unsigned response_status(const HeadValidator& validator, HeadState state) {
  if (state == HeadState::more) return 0;
  return state == HeadState::complete ? 200 : validator.error().status;
}

/// Expects the same result byte by byte, with a buffer that moves.
unsigned validate(const std::string& bytes, HeadLimits limits = {}) {
  HeadValidator whole(limits);
  const unsigned at_once = response_status(whole, whole.check(bytes));
  HeadValidator slow(limits);
  HeadState state = HeadState::more;
  std::size_t seen = 0;
  while (seen < bytes.size() && state == HeadState::more) state = slow.check(std::string(bytes, 0, ++seen));
  EXPECT_EQ(response_status(slow, state), at_once) << bytes;
  if (at_once == 200) {
    EXPECT_EQ(slow.end(), whole.end());
    EXPECT_EQ(slow.start(), whole.start());
    EXPECT_EQ(seen, whole.end());
  }
  return at_once;
}

unsigned with_field(const std::string& line) { return validate("GET / HTTP/1.1\r\n" + line + "\r\n\r\n"); }
unsigned with_target(const std::string& target) { return validate("GET " + target + " HTTP/1.1\r\n\r\n"); }

TEST(HeadValidator, AcceptsValidHeaders) {
  EXPECT_EQ(validate("GET / HTTP/1.1\r\nHost: a\r\n\r\n"), 200U);
  EXPECT_EQ(validate("GET / HTTP/1.0\r\n\r\n"), 200U);
  EXPECT_EQ(validate("OPTIONS * HTTP/1.1\r\nHost:a\r\n\r\n"), 200U);
  EXPECT_EQ(validate("M-SEARCH http://a/b?c=d%20;e HTTP/1.1\r\nX:\r\nY: \t\r\n\r\n"), 200U);
  EXPECT_EQ(with_field("X: caf\xC3\xA9 \xFF\ttab"), 200U);
}

TEST(HeadValidator, ReportsStartAndEndOfTheHeader) {
  HeadValidator validator;
  const std::string bytes = "\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\nbody";
  ASSERT_EQ(validator.check(bytes), HeadState::complete);
  EXPECT_EQ(bytes.substr(validator.start(), 3), "GET");
  EXPECT_EQ(bytes.substr(validator.end()), "body");
}

TEST(HeadValidator, WaitsForTheEndOfTheHeader) {
  const std::string bytes = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    EXPECT_EQ(validate(bytes.substr(0, size)), 0U) << size;
  }
}

TEST(HeadValidator, RejectsInvalidRequestLines) {
  for (const std::string line :
       {"GET  / HTTP/1.1", " GET / HTTP/1.1", "GET / HTTP/1.1 ", "GET /", "GET / http/1.1", "GET / HTTP/11",
        "GET / HTTP/1.1.1", "GET /\tHTTP/1.1", "G(T / HTTP/1.1", "GET / HTTPS/1.1", "/ HTTP/1.1",
        "GET / HTTP/1.", "GET / HTTP/x.1"}) {
    EXPECT_EQ(validate(line + "\r\n\r\n"), 400U) << line;
  }
  std::string long_method(33, 'A');
  long_method += " / HTTP/1.1\r\n\r\n";
  EXPECT_EQ(validate(long_method), 400U);
  EXPECT_EQ(validate("\r\n\r\nGET / HTTP/1.1\r\n\r\n"), 400U);
}

TEST(HeadValidator, AcceptsLaterMinorVersions) {
  EXPECT_EQ(validate("GET / HTTP/1.2\r\n\r\n"), 200U);
  EXPECT_EQ(validate("GET / HTTP/1.9\r\n\r\n"), 200U);
  EXPECT_EQ(validate("GET / HTTP/1.10\r\n\r\n"), 400U);
}

TEST(HeadValidator, RejectsOtherVersions) {
  EXPECT_EQ(validate("GET / HTTP/0.9\r\n\r\n"), 505U);
  EXPECT_EQ(validate("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"), 505U);
}

TEST(HeadValidator, RejectsUnescapedTargets) {
  for (const char byte : std::string_view("\"#<>\\^`{|}\x7F\x80\xFF")) {
    EXPECT_EQ(with_target(std::string("/a") + byte), 400U) << static_cast<int>(byte);
  }
  EXPECT_EQ(with_target(std::string("/a\0b", 4)), 400U);
}

TEST(HeadValidator, RejectsInvalidLineEnds) {
  for (const std::string bytes :
       {"GET / HTTP/1.1\n\n", "GET / HTTP/1.1\r\nA: b\n\r\n", "GET / HTTP/1.1\r\nA: b\r\r\n",
        "GET / HTTP/1.1\rA: b\r\n\r\n", "GET / HTTP/1.1\r\nA: b\r\n\n", "GET / HTTP/1.1\r\nA: b\r\n\rX",
        "\nGET / HTTP/1.1\r\n\r\n", "\rGET / HTTP/1.1\r\n\r\n"}) {
    EXPECT_EQ(validate(bytes), 400U) << bytes;
  }
}

TEST(HeadValidator, RejectsInvalidFields) {
  for (const std::string line :
       {"Name : value", " folded: x", "A: b\r\n folded", "A: b\r\n\tfolded", ": value", "no colon", "A@: b",
        "\xC3\xA9: b", "A: \x01", "A: \x7F", "A: b\x1Fz"}) {
    EXPECT_EQ(with_field(line), 400U) << line;
  }
  EXPECT_EQ(with_field(std::string("A: b\0c", 6)), 400U);
  EXPECT_EQ(with_field(std::string("A\0: b", 5)), 400U);
}

TEST(HeadValidator, EnforcesLimits) {
  const HeadLimits limits{200, 20, 3};
  const auto target = [&](std::size_t size) {
    return validate("GET /" + std::string(size - 1, 'a') + " HTTP/1.1\r\n\r\n", limits);
  };
  EXPECT_EQ(target(20), 200U);
  EXPECT_EQ(target(21), 414U);
  EXPECT_EQ(validate("GET / HTTP/1.1\r\nA: 1\r\nA: 2\r\nA: 3\r\n\r\n", limits), 200U);
  EXPECT_EQ(validate("GET / HTTP/1.1\r\nA: 1\r\nA: 2\r\nA: 3\r\nA: 4\r\n\r\n", limits), 431U);
  const auto size = [&](std::size_t bytes) {
    const std::string front = "GET / HTTP/1.1\r\nA:";
    return validate(front + std::string(bytes - front.size() - 4, 'a') + "\r\n\r\n", limits);
  };
  EXPECT_EQ(size(200), 200U);
  EXPECT_EQ(size(201), 431U);
}

TEST(HeadValidator, KeepsItsResult) {
  HeadValidator validator;
  ASSERT_EQ(validator.check("\n"), HeadState::rejected);
  EXPECT_EQ(validator.check("\nGET / HTTP/1.1\r\n\r\n"), HeadState::rejected);
  HeadValidator good;
  ASSERT_EQ(good.check("GET / HTTP/1.1\r\n\r\n"), HeadState::complete);
  EXPECT_EQ(good.check("GET / HTTP/1.1\r\n\r\n\x01\x02"), HeadState::complete);
  EXPECT_EQ(good.end(), 18U);
}

}  // namespace
}  // namespace convert::server::http
