// SPDX-License-Identifier: MIT
// Requests that two implementations could frame differently: the hidden second request must never be served.
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "http/raw/router_test_server.hpp"
#include "http/support/raw_connection.hpp"

namespace convert::test {
namespace {

struct Attempt {
  std::string name;
  std::string bytes;
  int status;  ///< of the only response
};

std::string post(const std::string& fields, const std::string& body = {},
                 const std::string& version = "1.1") {
  return "POST /echo HTTP/" + version + "\r\nHost: toys\r\n" + fields + "\r\n" + body;
}

const std::string kHidden = "GET /canary HTTP/1.1\r\nHost: toys\r\n\r\n";
const std::string kHiddenInChunk = "24\r\n" + kHidden + "\r\n0\r\n\r\n";

std::vector<Attempt> attempts() {
  const std::string chunked = "Transfer-Encoding: chunked\r\n";
  const std::string length = "Content-Length: 5\r\n";
  return {
      {"gzip", post("Transfer-Encoding: gzip\r\n"), 501},
      {"identity", post("Transfer-Encoding: identity\r\n"), 501},
      {"chunked, gzip", post("Transfer-Encoding: chunked, gzip\r\n", "0\r\n\r\n"), 501},
      {"gzip, chunked", post("Transfer-Encoding: gzip, chunked\r\n", "0\r\n\r\n"), 501},
      {"chunked, chunked", post("Transfer-Encoding: chunked, chunked\r\n", "0\r\n\r\n"), 501},
      {"xchunked", post("Transfer-Encoding: xchunked\r\n", "0\r\n\r\n"), 501},
      {"chunked with rubbish", post("Transfer-Encoding: chunked;a=b\r\n", "0\r\n\r\n"), 501},
      {"chunked in quotes", post("Transfer-Encoding: \"chunked\"\r\n", "0\r\n\r\n"), 501},
      {"twice chunked", post(chunked + chunked, "0\r\n\r\n"), 400},
      {"gzip and chunked", post("Transfer-Encoding: gzip\r\n" + chunked, "0\r\n\r\n"), 400},
      {"chunked, then length", post(chunked + length, "0\r\n\r\n"), 400},
      {"length, then chunked", post(length + chunked, "0\r\n\r\n"), 400},
      {"gzip, then length", post("Transfer-Encoding: gzip\r\n" + length, "hello"), 400},
      {"chunked in 1.0", post(chunked, "0\r\n\r\n", "1.0"), 400},
      {"a list of lengths", post("Content-Length: 5, 5\r\n", "hello"), 400},
      {"two equal lengths", post(length + length, "hello"), 400},
      {"two lengths", post(length + "Content-Length: 6\r\n", "hello"), 400},
      {"a length with a sign", post("Content-Length: +5\r\n", "hello"), 400},
      {"a negative length", post("Content-Length: -5\r\n", "hello"), 400},
      {"a hexadecimal length", post("Content-Length: 0x5\r\n", "hello"), 400},
      {"an empty length", post("Content-Length: \r\n"), 400},
      {"a length with a space", post("Content-Length: 5 5\r\n", "hello"), 400},
      {"a length of 20 digits", post("Content-Length: 00000000000000000005\r\n", "hello"), 400},
      {"a length beyond 64 bits", post("Content-Length: 99999999999999999999\r\n", "hello"), 400},
      {"a folded field", post("X-A: b\r\n c\r\n"), 400},
      {"a folded length", post("Content-Length:\r\n 5\r\n", "hello"), 400},
      {"a space before the colon", post("Content-Length : 5\r\n", "hello"), 400},
      {"a tab before the colon", post("Transfer-Encoding\t: chunked\r\n", "0\r\n\r\n"), 400},
      {"a space before the first field", "POST /echo HTTP/1.1\r\n Host: toys\r\n\r\n", 400},
      {"NUL in a value", post(std::string("X-A: b\0c\r\n", 10)), 400},
      {"a control character in a name", post("X\x01: b\r\n"), 400},
      {"a bare CR in a value", post("X-A: b\rContent-Length: 5\r\n", "hello"), 400},
      {"a bare LF behind a field", post("X-A: b\nContent-Length: 5\r\n", "hello"), 400},
      {"bare LFs only", "POST /echo HTTP/1.1\nHost: toys\nContent-Length: 0\n\n", 400},
      {"a line without a colon", post("Content-Length\r\n"), 400},
      {"no name", post(": 5\r\n"), 400},
      {"a target beyond ASCII", "GET /\xc3\xa4 HTTP/1.1\r\nHost: toys\r\n\r\n", 400},
      {"a target with a fragment", "GET /canary#x HTTP/1.1\r\nHost: toys\r\n\r\n", 400},
      {"a target with braces", "GET /{x} HTTP/1.1\r\nHost: toys\r\n\r\n", 400},
      {"two spaces", "GET  /echo HTTP/1.1\r\nHost: toys\r\n\r\n", 400},
      {"a target with a space", "GET /ec ho HTTP/1.1\r\nHost: toys\r\n\r\n", 400},
      {"no host", "GET /echo HTTP/1.1\r\n\r\n", 400},
      {"two hosts", "GET /echo HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n", 400},
      {"an odd host", "GET /echo HTTP/1.1\r\nHost: a b\r\n\r\n", 400},
      {"a host with a path", "GET /echo HTTP/1.1\r\nHost: a/b\r\n\r\n", 400},
      {"a chunk size that is none", post(chunked, "x\r\n"), 400},
      {"a chunk size with a prefix", post(chunked, "0x5\r\nhello\r\n0\r\n\r\n"), 400},
      {"a chunk size with a sign", post(chunked, "+5\r\nhello\r\n0\r\n\r\n"), 400},
      {"a chunk size of 17 digits", post(chunked, "00000000000000005\r\nhello\r\n0\r\n\r\n"), 400},
      {"a chunk size with a space in front", post(chunked, " 5\r\nhello\r\n0\r\n\r\n"), 400},
      {"a chunk that is longer than it says", post(chunked, "5\r\nhello!\r\n0\r\n\r\n"), 400},
      {"a chunk size that ends with LF", post(chunked, "5\nhello\r\n0\r\n\r\n"), 400},
      {"a chunk that ends with LF", post(chunked, "5\r\nhello\n0\r\n\r\n"), 400},
      {"LF in a quoted extension", post(chunked, "5;a=\"\n\"\r\nhello\r\n0\r\n\r\n"), 400},
      {"NUL in a quoted extension", post(chunked, std::string("5;a=\"\0\"\r\nhello\r\n0\r\n\r\n", 21)), 400},
      {"a long extension", post(chunked, "5;" + std::string(300, 'a') + "\r\nhello\r\n0\r\n\r\n"), 400},
      {"a bad trailer", post(chunked, "0\r\nX Y: z\r\n\r\n"), 400},
      {"a folded trailer", post(chunked, "0\r\nX: y\r\n z\r\n\r\n"), 400},
      {"long trailers", post(chunked, "0\r\nX: " + std::string(5'000, 'x') + "\r\n\r\n"), 400},
      {"HTTP/1.2 without a host", "GET /echo HTTP/1.2\r\n\r\n", 400},
      {"HTTP/2", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 505},
      {"HTTP/0.9", "GET /echo\r\n", 400},
      {"another expectation", post("Expect: 200-ok\r\n" + length, "hello"), 417},
  };
}

/// Expects one response and nothing after it.
void expect_refused(RawConnection& wire, const Attempt& attempt) {
  const auto response = wire.read_response();
  ASSERT_TRUE(response);
  EXPECT_EQ(response->status, attempt.status) << response->body;
  const auto rest = wire.rest();
  ASSERT_TRUE(rest) << "the connection stays open";
  EXPECT_EQ(*rest, "");
}

class Smuggling : public testing::Test {
 protected:
  TestRoutes routes;
  RouterTestServer server{[this](server::Router& router) { routes.routes(router); }};
};

TEST_F(Smuggling, RejectsAttemptsInOnePacket) {
  for (const Attempt& attempt : attempts()) {
    SCOPED_TRACE(attempt.name);
    RawConnection wire(server.port());
    wire.send(attempt.bytes + kHidden);
    expect_refused(wire, attempt);
  }
  EXPECT_EQ(routes.canary_requests(), 0);
}

TEST_F(Smuggling, RejectsAttemptsByteByByte) {
  for (const Attempt& attempt : attempts()) {
    SCOPED_TRACE(attempt.name);
    RawConnection wire(server.port());
    wire.send_byte_by_byte(attempt.bytes + kHidden);  // the server closes on the way
    expect_refused(wire, attempt);
  }
  EXPECT_EQ(routes.canary_requests(), 0);
}

TEST_F(Smuggling, TreatsARequestInsideABodyAsBody) {
  for (const bool whole : {true, false}) {
    RawConnection wire(server.port());
    const std::string bytes = post("Transfer-Encoding: Chunked \r\n", kHiddenInChunk) +
                              post("Content-Length: 36\r\n", kHidden) + post("Content-Length: 0\r\n");
    ASSERT_TRUE(whole ? wire.send(bytes) : wire.send_byte_by_byte(bytes));
    for (const std::string& body : {kHidden, kHidden, std::string()}) {
      const auto response = wire.read_response();
      ASSERT_TRUE(response);
      EXPECT_EQ(response->status, 200);
      EXPECT_EQ(response->body, body);
    }
  }
  EXPECT_EQ(routes.canary_requests(), 0);
}

TEST_F(Smuggling, ServesTheCanaryOnRequest) {
  RawConnection wire(server.port());
  wire.send("\r\n" + kHidden);  // RFC 9112, 2.2: one empty line before the request is ignored
  const auto response = wire.read_response();
  ASSERT_TRUE(response);
  EXPECT_EQ(response->body, "canary");
  EXPECT_EQ(routes.canary_requests(), 1);
}

TEST_F(Smuggling, IgnoresUpgrades) {
  RawConnection wire(server.port());
  const auto response = wire.request(
      "GET /canary HTTP/1.1\r\nHost: toys\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\n"
      "HTTP2-Settings: AAMAAABkAARAAAAAAAIAAAAA\r\n\r\n");
  ASSERT_TRUE(response);
  EXPECT_EQ(response->status, 200);
}

}  // namespace
}  // namespace convert::test
