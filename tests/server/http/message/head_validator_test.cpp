// SPDX-License-Identifier: MIT
#include "http/message/head_validator.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace convert::server::http {
namespace {

using State = HeadValidator::State;

/// The verdict on all bytes at once: 0 for "more", 200 for complete, else the status.
unsigned verdict(const HeadValidator& check, State state) {
  if (state == State::more) return 0;
  return state == State::complete ? 200 : check.error().status;
}

/// Held to be the same byte by byte, with a buffer that moves.
unsigned check(const std::string& bytes, HeadLimits limits = {}) {
  HeadValidator whole(limits);
  const unsigned at_once = verdict(whole, whole.check(bytes));
  HeadValidator slow(limits);
  State state = State::more;
  std::size_t seen = 0;
  while (seen < bytes.size() && state == State::more) state = slow.check(std::string(bytes, 0, ++seen));
  EXPECT_EQ(verdict(slow, state), at_once) << bytes;
  if (at_once == 200) {
    EXPECT_EQ(slow.end(), whole.end());
    EXPECT_EQ(slow.start(), whole.start());
    EXPECT_EQ(seen, whole.end());
  }
  return at_once;
}

unsigned with_field(const std::string& line) { return check("GET / HTTP/1.1\r\n" + line + "\r\n\r\n"); }
unsigned with_target(const std::string& target) { return check("GET " + target + " HTTP/1.1\r\n\r\n"); }

TEST(HeadValidator, TakesWhatIsValid) {
  EXPECT_EQ(check("GET / HTTP/1.1\r\nHost: a\r\n\r\n"), 200U);
  EXPECT_EQ(check("GET / HTTP/1.0\r\n\r\n"), 200U);
  EXPECT_EQ(check("OPTIONS * HTTP/1.1\r\nHost:a\r\n\r\n"), 200U);
  EXPECT_EQ(check("M-SEARCH http://a/b?c=d%20;e HTTP/1.1\r\nX:\r\nY: \t\r\n\r\n"), 200U);
  EXPECT_EQ(with_field("X: caf\xC3\xA9 \xFF\ttab"), 200U);
}

TEST(HeadValidator, SaysWhereTheHeaderBeginsAndEnds) {
  HeadValidator check;
  const std::string bytes = "\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\nbody";
  ASSERT_EQ(check.check(bytes), State::complete);
  EXPECT_EQ(bytes.substr(check.start(), 3), "GET");
  EXPECT_EQ(bytes.substr(check.end()), "body");
}

TEST(HeadValidator, WaitsForTheEnd) {
  const std::string bytes = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    EXPECT_EQ(check(bytes.substr(0, size)), 0U) << size;
  }
}

TEST(HeadValidator, RefusesBadRequestLines) {
  for (const std::string line :
       {"GET  / HTTP/1.1", " GET / HTTP/1.1", "GET / HTTP/1.1 ", "GET /", "GET / http/1.1", "GET / HTTP/11",
        "GET / HTTP/1.1.1", "GET /\tHTTP/1.1", "G(T / HTTP/1.1", "GET / HTTPS/1.1", "/ HTTP/1.1",
        "GET / HTTP/1.", "GET / HTTP/x.1"}) {
    EXPECT_EQ(check(line + "\r\n\r\n"), 400U) << line;
  }
  std::string long_method(33, 'A');
  long_method += " / HTTP/1.1\r\n\r\n";
  EXPECT_EQ(check(long_method), 400U);
  EXPECT_EQ(check("\r\n\r\nGET / HTTP/1.1\r\n\r\n"), 400U);
}

TEST(HeadValidator, TakesLaterMinorVersions) {
  EXPECT_EQ(check("GET / HTTP/1.2\r\n\r\n"), 200U);
  EXPECT_EQ(check("GET / HTTP/1.9\r\n\r\n"), 200U);
  EXPECT_EQ(check("GET / HTTP/1.10\r\n\r\n"), 400U);
}

TEST(HeadValidator, RefusesOtherVersions) {
  EXPECT_EQ(check("GET / HTTP/0.9\r\n\r\n"), 505U);
  EXPECT_EQ(check("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"), 505U);
}

TEST(HeadValidator, RefusesTargetsThatNeedEscapes) {
  for (const char byte : std::string_view("\"#<>\\^`{|}\x7F\x80\xFF")) {
    EXPECT_EQ(with_target(std::string("/a") + byte), 400U) << static_cast<int>(byte);
  }
  EXPECT_EQ(with_target(std::string("/a\0b", 4)), 400U);
}

TEST(HeadValidator, RefusesBadLineEnds) {
  for (const std::string bytes :
       {"GET / HTTP/1.1\n\n", "GET / HTTP/1.1\r\nA: b\n\r\n", "GET / HTTP/1.1\r\nA: b\r\r\n",
        "GET / HTTP/1.1\rA: b\r\n\r\n", "GET / HTTP/1.1\r\nA: b\r\n\n", "GET / HTTP/1.1\r\nA: b\r\n\rX",
        "\nGET / HTTP/1.1\r\n\r\n", "\rGET / HTTP/1.1\r\n\r\n"}) {
    EXPECT_EQ(check(bytes), 400U) << bytes;
  }
}

TEST(HeadValidator, RefusesBadFields) {
  for (const std::string line :
       {"Name : value", " folded: x", "A: b\r\n folded", "A: b\r\n\tfolded", ": value", "no colon", "A@: b",
        "\xC3\xA9: b", "A: \x01", "A: \x7F", "A: b\x1Fz"}) {
    EXPECT_EQ(with_field(line), 400U) << line;
  }
  EXPECT_EQ(with_field(std::string("A: b\0c", 6)), 400U);
  EXPECT_EQ(with_field(std::string("A\0: b", 5)), 400U);
}

TEST(HeadValidator, HasLimits) {
  const HeadLimits limits{200, 20, 3};
  const auto target = [&](std::size_t size) {
    return check("GET /" + std::string(size - 1, 'a') + " HTTP/1.1\r\n\r\n", limits);
  };
  EXPECT_EQ(target(20), 200U);
  EXPECT_EQ(target(21), 414U);
  EXPECT_EQ(check("GET / HTTP/1.1\r\nA: 1\r\nA: 2\r\nA: 3\r\n\r\n", limits), 200U);
  EXPECT_EQ(check("GET / HTTP/1.1\r\nA: 1\r\nA: 2\r\nA: 3\r\nA: 4\r\n\r\n", limits), 431U);
  const auto size = [&](std::size_t bytes) {
    const std::string front = "GET / HTTP/1.1\r\nA:";
    return check(front + std::string(bytes - front.size() - 4, 'a') + "\r\n\r\n", limits);
  };
  EXPECT_EQ(size(200), 200U);
  EXPECT_EQ(size(201), 431U);
}

TEST(HeadValidator, StaysWithItsVerdict) {
  HeadValidator check;
  ASSERT_EQ(check.check("\n"), State::rejected);
  EXPECT_EQ(check.check("\nGET / HTTP/1.1\r\n\r\n"), State::rejected);
  HeadValidator good;
  ASSERT_EQ(good.check("GET / HTTP/1.1\r\n\r\n"), State::complete);
  EXPECT_EQ(good.check("GET / HTTP/1.1\r\n\r\n\x01\x02"), State::complete);
  EXPECT_EQ(good.end(), 18U);
}

}  // namespace
}  // namespace convert::server::http
