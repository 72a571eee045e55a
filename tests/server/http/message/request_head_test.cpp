// SPDX-License-Identifier: MIT
#include "http/message/request_head.hpp"

#include <gtest/gtest.h>

#include <string>

namespace convert::server::http {
namespace {

/// Parses a whole header with Beast, which rejects some headers itself.
std::variant<RequestFraming, RequestError> parse_request(const std::string& header) {
  static thread_local RequestHead head;
  if (const auto error = parse_head(header, head)) return *error;
  return parse_framing(head);
}

unsigned framing_status(const std::string& fields, const std::string& version = "1.1") {
  const auto result = parse_request("POST / HTTP/" + version + "\r\nHost: a\r\n" + fields + "\r\n");
  const auto* const error = std::get_if<RequestError>(&result);
  return error == nullptr ? 200 : error->status;
}

RequestFraming valid_framing(const std::string& fields, const std::string& version = "1.1") {
  const auto result = parse_request("POST / HTTP/" + version + "\r\nHost: a:8080\r\n" + fields + "\r\n");
  EXPECT_TRUE(std::holds_alternative<RequestFraming>(result)) << fields;
  const auto* const framing = std::get_if<RequestFraming>(&result);
  return framing == nullptr ? RequestFraming{} : *framing;
}

TEST(Method, ConvertsNames) {
  for (const Method method :
       {Method::get, Method::head, Method::post, Method::put, Method::patch, Method::del, Method::options}) {
    EXPECT_EQ(parse_method(to_string(method)), method);
  }
  EXPECT_EQ(to_string(Method::del), "DELETE");
  EXPECT_EQ(parse_method("get"), Method::other);
  EXPECT_EQ(parse_method(""), Method::other);
  EXPECT_EQ(to_string(Method::other), "");
}

TEST(BeastHeadParser, KeepsACopyOfTheHeader) {
  RequestHead head;
  {
    const std::string bytes = "PUT /a?b HTTP/1.0\r\nHost:  x \r\nX-A: 1\r\nx-a: 2\r\n\r\n";
    ASSERT_FALSE(parse_head(bytes, head));
  }
  EXPECT_EQ(head.method, "PUT");
  EXPECT_EQ(head.target, "/a?b");
  EXPECT_EQ(head.version, 10);
  ASSERT_EQ(head.fields.size(), 3U);
  EXPECT_EQ(head.field("HOST"), "x");
  EXPECT_EQ(head.field("X-a"), "1");
  EXPECT_EQ(head.count("x-A"), 2U);
  EXPECT_EQ(head.field("Other"), std::nullopt);
}

TEST(BeastHeadParser, ReusesTheHead) {
  RequestHead head;
  ASSERT_FALSE(parse_head("GET / HTTP/1.1\r\nHost: a\r\n\r\n", head));
  ASSERT_FALSE(parse_head("POST /b HTTP/1.1\r\n\r\n", head));
  EXPECT_EQ(head.method, "POST");
  EXPECT_TRUE(head.fields.empty());
  EXPECT_TRUE(parse_head("GET / HTTP/1.1\r\n", head));
  EXPECT_TRUE(parse_head("GET / HTTP/1.1\r\n\r\nmore", head));
}

TEST(BeastHeadParser, TreatsLaterMinorVersionsAsHttp11) {
  RequestHead head;
  for (const std::string version : {"1.1", "1.2", "1.9"}) {
    EXPECT_FALSE(parse_head("GET / HTTP/" + version + "\r\nX: HTTP/1.9\r\n\r\n", head)) << version;
    EXPECT_EQ(head.version, 11) << version;
    EXPECT_EQ(head.field("X"), "HTTP/1.9");
  }
}

TEST(RequestFraming, FindsTheBodyLength) {
  EXPECT_EQ(valid_framing("").kind, RequestFraming::Kind::none);
  EXPECT_EQ(valid_framing("Content-Length: 0\r\n").kind, RequestFraming::Kind::length);
  EXPECT_EQ(valid_framing("content-length:  0012 \r\n").length, 12U);
  EXPECT_EQ(valid_framing("Content-Length: 9223372036854775807\r\n").length, 9'223'372'036'854'775'807U);
  EXPECT_EQ(valid_framing("Transfer-Encoding: \tCHUNKED \r\n").kind, RequestFraming::Kind::chunked);
}

TEST(RequestFraming, RejectsAmbiguousBodyLength) {
  EXPECT_EQ(framing_status("Content-Length: 5\r\nTransfer-Encoding: chunked\r\n"), 400U);
  EXPECT_EQ(framing_status("Transfer-Encoding: chunked\r\nContent-Length: 5\r\n"), 400U);
  EXPECT_EQ(framing_status("Transfer-Encoding: gzip\r\nContent-Length: 5\r\n"), 400U);
  EXPECT_EQ(framing_status("Content-Length: 5\r\nTransfer-Encoding: identity\r\n"), 400U);
  EXPECT_EQ(framing_status("Content-Length: 5\r\nContent-Length: 5\r\n"), 400U);
  EXPECT_EQ(framing_status("Content-Length: 5\r\nContent-Length: 6\r\n"), 400U);
  EXPECT_EQ(framing_status("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n"), 400U);
  EXPECT_EQ(framing_status("Transfer-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n"), 400U);
  EXPECT_EQ(framing_status("Transfer-Encoding: chunked\r\n", "1.0"), 400U);
}

TEST(RequestFraming, RejectsInvalidContentLength) {
  for (const std::string value : {"5, 5", "5,5", "-1", "+5", "0x5", "5 5", "", " ", "5.0", "five", "5;a",
                                  "18446744073709551616", "99999999999999999999", "\"5\""}) {
    EXPECT_EQ(framing_status("Content-Length: " + value + "\r\n"), 400U) << value;
  }
}

TEST(RequestFraming, RejectsOtherTransferCodings) {
  for (const std::string value :
       {"gzip", "identity", "chunked, gzip", "gzip, chunked", "chunked, chunked", "xchunked", "chunked;q=1",
        "chunked,", ", chunked", "\"chunked\"", "chunked x", ""}) {
    const unsigned result = framing_status("Transfer-Encoding: " + value + "\r\n");
    EXPECT_TRUE(result == 501 || result == 400) << value << ": " << result;
  }
  EXPECT_EQ(framing_status("Transfer-Encoding: gzip\r\n"), 501U);
  EXPECT_EQ(framing_status("Transfer-Encoding: gzip, chunked\r\n"), 501U);
}

TEST(RequestFraming, RequiresOneHost) {
  const auto host = [](const std::string& lines, const std::string& version = "1.1") {
    const auto result = parse_request("GET / HTTP/" + version + "\r\n" + lines + "\r\n");
    return std::holds_alternative<RequestFraming>(result) ? 200U : std::get<RequestError>(result).status;
  };
  EXPECT_EQ(host(""), 400U);
  EXPECT_EQ(host("", "1.0"), 200U);
  EXPECT_EQ(host("Host: a\r\nHost: a\r\n"), 400U);
  EXPECT_EQ(host("Host: a\r\nHost: b\r\n", "1.0"), 400U);
  EXPECT_EQ(host("Host: a b\r\n"), 400U);
  EXPECT_EQ(host("Host: a@b\r\n"), 400U);
  EXPECT_EQ(host("Host: a/b\r\n"), 400U);
  EXPECT_EQ(host("Host: a, b:80:90\r\n"), 400U);
  EXPECT_EQ(host("Host:\r\n"), 400U);
  EXPECT_EQ(host("Host: example.org:8080\r\n"), 200U);
  EXPECT_EQ(host("Host: [::1]:8080\r\n"), 200U);
  EXPECT_EQ(valid_framing("").host, "a:8080");
}

TEST(RequestFraming, RejectsDuplicateSingleValueFields) {
  for (const std::string name : {"Authorization", "content-type", "Idempotency-Key", "If-Modified-Since",
                                 "If-Range", "Last-Event-ID", "RANGE"}) {
    EXPECT_EQ(framing_status(name + ": a\r\n"), 200U) << name;
    EXPECT_EQ(framing_status(name + ": a\r\n" + name + ": a\r\n"), 400U) << name;
  }
  EXPECT_EQ(framing_status("Accept-Encoding: gzip\r\nAccept-Encoding: br\r\n"), 200U);
}

TEST(RequestFraming, ParsesConnection) {
  EXPECT_TRUE(valid_framing("").keep_alive);
  EXPECT_FALSE(valid_framing("Connection: Close\r\n").keep_alive);
  EXPECT_FALSE(valid_framing("Connection: foo, close\r\n").keep_alive);
  EXPECT_FALSE(valid_framing("Connection: keep-alive\r\nConnection: close\r\n").keep_alive);
  EXPECT_FALSE(valid_framing("", "1.0").keep_alive);
  EXPECT_TRUE(valid_framing("Connection: Keep-Alive\r\n", "1.0").keep_alive);
}

TEST(RequestFraming, ParsesExpect) {
  EXPECT_FALSE(valid_framing("").expects_continue);
  EXPECT_TRUE(valid_framing("Expect: 100-Continue\r\n").expects_continue);
  EXPECT_FALSE(valid_framing("Expect: 100-continue\r\n", "1.0").expects_continue);
  EXPECT_FALSE(valid_framing("Expect: something\r\n", "1.0").expects_continue);
  EXPECT_EQ(framing_status("Expect: something\r\n"), 417U);
  EXPECT_EQ(framing_status("Expect: 100-continue\r\nExpect: other\r\n"), 417U);
}

}  // namespace
}  // namespace convert::server::http
