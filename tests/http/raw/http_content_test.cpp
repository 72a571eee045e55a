// SPDX-License-Identifier: MIT
// Response content: HEAD, OPTIONS, ranges, preconditions, compression, CORS.
#include <gtest/gtest.h>
#include <zlib.h>

#include <string>
#include <vector>

#include "http/raw/router_test_server.hpp"
#include "http/support/raw_connection.hpp"

namespace convert::test {
namespace {

std::string unpacked(const std::string& bytes) {
  std::string text(100'000, ' ');
  z_stream stream{};
  if (inflateInit2(&stream, 15 + 16) != Z_OK) return "no zlib";
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
  stream.avail_in = static_cast<uInt>(bytes.size());
  stream.next_out = reinterpret_cast<Bytef*>(text.data());
  stream.avail_out = static_cast<uInt>(text.size());
  const int outcome = inflate(&stream, Z_FINISH);
  text.resize(stream.total_out);
  inflateEnd(&stream);
  return outcome == Z_STREAM_END ? text : "no gzip";
}

class Contents : public testing::Test {
 protected:
  RawResponse send_request(const std::string& method, const std::string& target,
                           const std::string& fields = {}) {
    const auto response = wire.request(
        method + " " + target + " HTTP/1.1\r\nHost: toys\r\n" + fields + "\r\n", method == "HEAD");
    return response ? *response : RawResponse{};
  }
  RawResponse get(const std::string& target, const std::string& fields = {}) {
    return send_request("GET", target, fields);
  }

  TestRoutes routes;
  RouterTestServer server{
      [this](server::Router& router) { routes.routes(router); },
      [](server::http::HttpServer::Options& options) { options.cors_origins = {"https://example.org"}; }};
  RawConnection wire{server.port()};
};

TEST_F(Contents, HeadIsGetWithoutTheBody) {
  for (const std::string target : {"/canary", "/constant", "/file", "/json", "/memory"}) {
    SCOPED_TRACE(target);
    const RawResponse whole = get(target);
    const RawResponse head = send_request("HEAD", target, "Range: bytes=0-1\r\n");
    EXPECT_EQ(head.status, 200);
    EXPECT_EQ(head.field("Content-Length"), whole.field("Content-Length"));
    EXPECT_EQ(head.field("Content-Type"), whole.field("Content-Type"));
    EXPECT_EQ(head.field("ETag"), whole.field("ETag"));
  }
  EXPECT_EQ(send_request("HEAD", "/source?count=3").status, 200);
  EXPECT_EQ(send_request("HEAD", "/nowhere").status, 404);
  EXPECT_EQ(get("/canary").body, "canary");
}

TEST_F(Contents, RejectsUnknownMethods) {
  const RawResponse refused = send_request("DELETE", "/canary");
  EXPECT_EQ(refused.status, 405);
  EXPECT_EQ(refused.field("Allow"), "GET, HEAD, OPTIONS");
  const RawResponse options_response = send_request("OPTIONS", "/canary");
  EXPECT_EQ(options_response.status, 204);
  EXPECT_EQ(options_response.field("Allow"), "GET, HEAD, OPTIONS");
  EXPECT_EQ(options_response.field("Content-Length"), std::nullopt);
  EXPECT_EQ(send_request("OPTIONS", "/nowhere").status, 404);
  EXPECT_EQ(send_request("OPTIONS", "*").status, 204);
  EXPECT_EQ(send_request("BREW", "/canary").status, 501);
}

TEST_F(Contents, SendsCorsFields) {
  const std::string origin = "Origin: https://example.org\r\n";
  EXPECT_EQ(get("/canary", origin).field("Access-Control-Allow-Origin"), "https://example.org");
  EXPECT_EQ(get("/canary", origin).field("Vary"), "Origin");
  EXPECT_EQ(get("/constant", origin).field("Access-Control-Allow-Origin"), "https://example.org");
  EXPECT_EQ(get("/nowhere", origin).field("Access-Control-Allow-Origin"), "https://example.org");
  EXPECT_EQ(get("/canary", "Origin: https://evil.example\r\n").field("Access-Control-Allow-Origin"),
            std::nullopt);
  const std::string wish = "Access-Control-Request-Method: POST\r\n";
  const RawResponse preflight = send_request("OPTIONS", "/echo", origin + wish);
  EXPECT_EQ(preflight.status, 204);
  EXPECT_EQ(preflight.field("Access-Control-Allow-Methods"), "POST, OPTIONS");
  EXPECT_TRUE(preflight.field("Access-Control-Allow-Headers"));
  EXPECT_EQ(send_request("OPTIONS", "/echo", "Origin: https://evil.example\r\n" + wish)
                .field("Access-Control-Allow-Methods"),
            std::nullopt);
}

TEST_F(Contents, SendsWholeFiles) {
  for (const std::string target : {"/file", "/cold", "/memory"}) {
    const RawResponse response = get(target);
    EXPECT_EQ(response.status, 200);
    EXPECT_EQ(response.field("Accept-Ranges"), "bytes");
    EXPECT_TRUE(response.body == routes.file);
  }
}

TEST_F(Contents, SendsRangesOfFiles) {
  const std::size_t size = routes.file.size();
  const std::string all = "/" + std::to_string(size);
  struct Case {
    std::string range, content_range;
    std::size_t first, count;
  };
  const std::vector<Case> cases{
      {"0-0", "bytes 0-0" + all, 0, 1},
      {"10-19", "bytes 10-19" + all, 10, 10},
      {"2000000-", "bytes 2000000-" + std::to_string(size - 1) + all, 2'000'000, size - 2'000'000},
      {"-7", "bytes " + std::to_string(size - 7) + "-" + std::to_string(size - 1) + all, size - 7, 7},
      {"5-99999999", "bytes 5-" + std::to_string(size - 1) + all, 5, size - 5},
  };
  for (const Case& part : cases) {
    SCOPED_TRACE(part.range);
    for (const std::string target : {"/file", "/memory"}) {
      const RawResponse response = get(target, "Range: bytes=" + part.range + "\r\n");
      EXPECT_EQ(response.status, 206);
      EXPECT_EQ(response.field("Content-Range"), part.content_range);
      EXPECT_TRUE(response.body == routes.file.substr(part.first, part.count));
    }
  }
  const RawResponse beyond = get("/file", "Range: bytes=99999999-\r\n");
  EXPECT_EQ(beyond.status, 416);
  EXPECT_EQ(beyond.field("Content-Range"), "bytes */" + std::to_string(size));
  EXPECT_EQ(get("/file", "Range: bytes=x\r\n").status, 200);
  EXPECT_EQ(get("/file", "Range: lines=1-2\r\n").status, 200);
}

TEST_F(Contents, SendsMultipartRanges) {
  const RawResponse response = get("/file", "Range: bytes=0-9,1000-1009,-5\r\n");
  EXPECT_EQ(response.status, 206);
  const std::string type = response.field("Content-Type").value_or("");
  const std::string mark = "boundary=";
  ASSERT_NE(type.find(mark), std::string::npos) << type;
  const std::string boundary = type.substr(type.find(mark) + mark.size());
  std::string expected;
  const std::string size = std::to_string(routes.file.size());
  const std::size_t end = routes.file.size();
  for (const auto& [first, last] :
       std::vector<std::pair<std::size_t, std::size_t>>{{0, 9}, {1'000, 1'009}, {end - 5, end - 1}}) {
    expected += "\r\n--" + boundary + "\r\nContent-Type: audio/x-toy\r\nContent-Range: bytes " +
                std::to_string(first) + "-" + std::to_string(last) + "/" + size + "\r\n\r\n" +
                routes.file.substr(first, last - first + 1);
  }
  expected += "\r\n--" + boundary + "--\r\n";
  EXPECT_TRUE(response.body == expected || "\r\n" + response.body == expected) << response.body;
}

TEST_F(Contents, SendsTheWholeFileIfIfRangeFails) {
  const std::string range = "Range: bytes=0-1\r\n";
  EXPECT_EQ(get("/file", range + "If-Range: \"toy\"\r\n").status, 206);
  EXPECT_EQ(get("/file", range + "If-Range: \"other\"\r\n").status, 200);
  EXPECT_EQ(get("/file", range + "If-Range: W/\"toy\"\r\n").status, 200);
}

TEST_F(Contents, EvaluatesPreconditions) {
  const RawResponse same = get("/file", "If-None-Match: \"x\", W/\"toy\"\r\n");
  EXPECT_EQ(same.status, 304);
  EXPECT_EQ(same.body, "");
  EXPECT_EQ(same.field("ETag"), "\"toy\"");
  EXPECT_EQ(get("/file", "If-None-Match: \"x\"\r\n").status, 200);
  EXPECT_EQ(get("/file", "If-Modified-Since: Sun, 06 Nov 1994 08:49:37 GMT\r\n").status, 304);
  EXPECT_EQ(get("/file", "If-Modified-Since: Sun, 06 Nov 1994 08:49:36 GMT\r\n").status, 200);
  EXPECT_EQ(get("/file", "If-Match: \"x\"\r\n").status, 412);
  EXPECT_EQ(get("/file", "If-Match: \"toy\"\r\n").status, 200);
  const RawResponse known = get("/json", "If-None-Match: \"large\"\r\n");
  EXPECT_EQ(known.status, 304);
  EXPECT_EQ(known.field("Vary"), "Accept-Encoding");
}

TEST_F(Contents, CompressesJsonOnRequest) {
  const std::string plain = get("/json").body;
  EXPECT_EQ(plain.size(), 5'002U);
  for (const std::string wish : {"gzip", "deflate, gzip;q=0.5", "*"}) {
    const RawResponse response = get("/json", "Accept-Encoding: " + wish + "\r\n");
    EXPECT_EQ(response.field("Content-Encoding"), "gzip") << wish;
    EXPECT_EQ(response.field("ETag"), "W/\"large\"");
    EXPECT_EQ(unpacked(response.body), plain);
  }
  for (const std::string wish : {"gzip;q=0", "identity", "br"}) {
    EXPECT_EQ(get("/json", "Accept-Encoding: " + wish + "\r\n").body, plain) << wish;
  }
  EXPECT_EQ(get("/json", "Accept-Encoding: gzip\r\nIf-None-Match: W/\"large\"\r\n").status, 304);
}

TEST_F(Contents, DoesNotCompressSecrets) {
  const RawResponse response = get("/secret", "Accept-Encoding: gzip\r\n");
  EXPECT_EQ(response.field("Content-Encoding"), std::nullopt);
  EXPECT_EQ(response.body.size(), 5'002U);
}

TEST_F(Contents, SendsProblemDocuments) {
  const RawResponse response = get("/nowhere");
  EXPECT_EQ(response.status, 404);
  EXPECT_EQ(response.field("Content-Type"), "application/problem+json");
  EXPECT_NE(response.body.find("\"code\":\"not_found\""), std::string::npos);
  EXPECT_NE(response.body.find("\"error\":\"Not found."), std::string::npos);
}

}  // namespace
}  // namespace convert::test
