// SPDX-License-Identifier: MIT
// Well-formed requests in all forms.
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "http/raw/router_test_server.hpp"
#include "http/support/raw_connection.hpp"

namespace convert::test {
namespace {

std::string get(const std::string& target, const std::string& fields = {}) {
  return "GET " + target + " HTTP/1.1\r\nHost: toys\r\n" + fields + "\r\n";
}

std::string chunked(const std::string& body, std::size_t size) {
  std::string out;
  for (std::size_t at = 0; at < body.size(); at += size) {
    const std::string piece = body.substr(at, size);
    char head[32];
    out.append(head, static_cast<std::size_t>(std::snprintf(head, sizeof(head), "%zx\r\n", piece.size())));
    out += piece + "\r\n";
  }
  return out + "0\r\n\r\n";
}

class Messages : public testing::Test {
 protected:
  TestRoutes routes;
  RouterTestServer server{[this](server::Router& router) { routes.routes(router); }};
};

TEST_F(Messages, KeepsTheConnectionOpen) {
  RawConnection wire(server.port());
  for (int i = 0; i < 5; ++i) {
    const auto response = wire.request(get(i % 2 == 0 ? "/canary" : "/constant"));
    ASSERT_TRUE(response);
    EXPECT_EQ(response->status, 200);
    EXPECT_EQ(response->body, i % 2 == 0 ? "canary" : "constant");
    EXPECT_EQ(response->field("Connection"), std::nullopt);
    EXPECT_TRUE(response->field("Date"));
    EXPECT_EQ(response->field("X-Content-Type-Options"), "nosniff");
  }
}

TEST_F(Messages, ClosesTheConnectionOnRequest) {
  for (const std::string fields : {"Connection: close\r\n", "Connection: x, Close\r\n"}) {
    RawConnection wire(server.port());
    const auto response = wire.request(get("/canary", fields));
    ASSERT_TRUE(response);
    EXPECT_EQ(response->field("Connection"), "close");
    EXPECT_TRUE(wire.closed());
    EXPECT_FALSE(wire.was_reset());
  }
  RawConnection wire(server.port());
  ASSERT_TRUE(wire.request("GET /canary HTTP/1.0\r\n\r\n"));
  EXPECT_TRUE(wire.closed());
}

TEST_F(Messages, RespondsToPipelinedRequestsInOrder) {
  RawConnection wire(server.port());
  std::string all;
  for (int i = 0; i < 100; ++i) all += get("/id", "X-Request-Id: " + std::to_string(i) + "\r\n");
  ASSERT_TRUE(wire.send(all));
  for (int i = 0; i < 100; ++i) {
    const auto response = wire.read_response();
    ASSERT_TRUE(response) << i;
    EXPECT_EQ(response->body, std::to_string(i));
    EXPECT_EQ(response->field("X-Request-Id"), std::to_string(i));
  }
}

TEST_F(Messages, ClosesTheConnectionAfterAThousandRequests) {
  RawConnection wire(server.port());
  std::string all;
  for (int i = 0; i < 1'001; ++i) all += get("/constant");
  wire.send(all);
  for (int i = 1; i <= 1'000; ++i) {
    const auto response = wire.read_response();
    ASSERT_TRUE(response) << i;
    EXPECT_EQ(response->field("Connection").has_value(), i == 1'000) << i;
  }
  EXPECT_EQ(wire.rest(), "");
}

TEST_F(Messages, ServesRequestsOfAllKindsOnOneConnection) {
  RawConnection wire(server.port());
  const std::string body(100'000, 'b');
  std::string all = "POST /echo HTTP/1.1\r\nHost: toys\r\nContent-Length: 100000\r\n\r\n" + body;
  all += "POST /nothing HTTP/1.1\r\nHost: toys\r\nContent-Length: 100000\r\n\r\n" + body;
  all += "POST /echo HTTP/1.1\r\nHost: toys\r\nTransfer-Encoding: chunked\r\n\r\n" + chunked(body, 999);
  all += "POST /nothing HTTP/1.1\r\nHost: toys\r\nTransfer-Encoding: chunked\r\n\r\n" + chunked(body, 3'333);
  all += "HEAD /file HTTP/1.1\r\nHost: toys\r\n\r\n" + get("/source?count=3") + get("/canary");
  ASSERT_TRUE(wire.send(all));
  EXPECT_EQ(wire.read_response().value_or(RawResponse{}).body, body);
  EXPECT_EQ(wire.read_response().value_or(RawResponse{}).body, "nothing");
  EXPECT_EQ(wire.read_response().value_or(RawResponse{}).body, body);
  EXPECT_EQ(wire.read_response().value_or(RawResponse{}).body, "nothing");
  EXPECT_EQ(wire.read_response(true).value_or(RawResponse{}).field("Content-Length"),
            std::to_string(routes.file.size()));
  EXPECT_EQ(wire.read_response().value_or(RawResponse{}).body, "1\n2\n3\n");
  EXPECT_EQ(wire.read_response().value_or(RawResponse{}).body, "canary");
}

TEST_F(Messages, DecodesChunksOfAllSizes) {
  const std::string body = routes.file.substr(0, 20'000);
  for (const std::size_t size : {1U, 2U, 7U, 4'095U, 4'096U, 6'999U, 7'000U, 7'001U, 20'000U}) {
    SCOPED_TRACE(size);
    RawConnection wire(server.port());
    wire.send("POST /echo HTTP/1.1\r\nHost: toys\r\nTransfer-Encoding: chunked\r\n\r\n" +
              chunked(body, size));
    const auto response = wire.read_response();
    ASSERT_TRUE(response);
    EXPECT_EQ(response->body, body);
  }
}

TEST_F(Messages, TreatsLaterMinorVersionsAsHttp11) {
  RawConnection wire(server.port());
  for (const std::string version : {"1.2", "1.9"}) {
    const auto response =
        wire.request("POST /echo HTTP/" + version +
                     "\r\nHost: toys\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n");
    ASSERT_TRUE(response);
    EXPECT_EQ(response->status, 200U) << version;
    EXPECT_EQ(response->body, "hello") << version;
  }
}

TEST_F(Messages, DropsExtensionsAndTrailers) {
  RawConnection wire(server.port());
  const auto response = wire.request(
      "POST /echo HTTP/1.1\r\nHost: toys\r\nTransfer-Encoding: chunked\r\n\r\n"
      "4 ; a = \"b;\\\" c\"; d\r\nhell\r\n1;a=b;c\r\no\r\n0;x\r\nContent-Length: 7\r\nConnection: "
      "close\r\n\r\n");
  ASSERT_TRUE(response);
  EXPECT_EQ(response->body, "hello");
  EXPECT_EQ(wire.request(get("/canary")).value_or(RawResponse{}).body, "canary");
}

TEST_F(Messages, SendsStreamsInChunks) {
  RawConnection wire(server.port());
  const auto response = wire.request(get("/source?count=1000"));
  ASSERT_TRUE(response);
  EXPECT_EQ(response->field("Transfer-Encoding"), "chunked");
  EXPECT_EQ(response->field("Content-Length"), std::nullopt);
  EXPECT_TRUE(response->body.ends_with("\n999\n1000\n"));
  EXPECT_EQ(wire.request(get("/canary")).value_or(RawResponse{}).body, "canary");
}

TEST_F(Messages, SendsNoChunksToHttp10) {
  RawConnection wire(server.port());
  wire.send("GET /source?count=3 HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
  const auto all = wire.rest();
  ASSERT_TRUE(all);
  EXPECT_TRUE(all->ends_with("\r\n\r\n1\n2\n3\n")) << *all;
  EXPECT_EQ(all->find("chunked"), std::string::npos);
}

TEST_F(Messages, AbortsAFailedResponse) {
  for (const std::string version : {"1.1", "1.0"}) {
    for (const std::string how : {"", "&throws=yes"}) {
      RawConnection wire(server.port());
      wire.send("GET /source?count=9&broken=3" + how + " HTTP/" + version + "\r\nHost: toys\r\n\r\n");
      wire.rest();
      EXPECT_TRUE(wire.was_reset());
    }
  }
  EXPECT_TRUE(server.logged("The numbers were thrown."));
  EXPECT_TRUE(server.logged("The numbers have run out."));
}

TEST_F(Messages, HidesExceptionsOfHandlers) {
  RawConnection wire(server.port());
  const auto response = wire.request(get("/throws"));
  ASSERT_TRUE(response);
  EXPECT_EQ(response->status, 500);
  EXPECT_EQ(response->body.find("secret"), std::string::npos);
  EXPECT_EQ(wire.request(get("/canary")).value_or(RawResponse{}).body, "canary");
  EXPECT_TRUE(server.logged("a secret of the handler's"));
}

TEST_F(Messages, PreventsResponseSplitting) {
  RawConnection wire(server.port());
  const auto response = wire.request(get("/split"));
  ASSERT_TRUE(response);
  EXPECT_EQ(response->status, 500);
  EXPECT_EQ(response->field("X-Evil"), std::nullopt);
  EXPECT_EQ(response->field("X-Name"), std::nullopt);
}

TEST_F(Messages, AssignsRequestIds) {
  RawConnection wire(server.port());
  const auto first = wire.request(get("/id"));
  const auto second = wire.request(get("/id"));
  ASSERT_TRUE(first && second);
  EXPECT_FALSE(first->body.empty());
  EXPECT_NE(first->body, second->body);
  EXPECT_EQ(first->field("X-Request-Id"), first->body);
  for (const std::string& odd : std::vector<std::string>{"a b", "<script>", std::string(65, 'x'), "\"", ""}) {
    const auto response = wire.request(get("/id", "X-Request-Id: " + odd + "\r\n"));
    ASSERT_TRUE(response);
    EXPECT_NE(response->body, odd);
  }
  EXPECT_EQ(wire.request(get("/id", "X-Request-Id: abc-1.2_3\r\n")).value_or(RawResponse{}).body,
            "abc-1.2_3");
  EXPECT_TRUE(server.logged("abc-1.2_3 GET /id 200"));
}

TEST_F(Messages, LogsNoQueries) {
  RawConnection wire(server.port());
  ASSERT_TRUE(wire.request(get("/canary?link=hidden-secret")));
  EXPECT_TRUE(server.logged("GET /canary 200"));
  EXPECT_EQ(server.log().find("hidden-secret"), std::string::npos);
}

TEST_F(Messages, TrustsForwardedForOnlyFromProxies) {
  const std::string forwarded = "X-Forwarded-For: 198.51.100.7\r\n";
  RawConnection direct(server.port());
  EXPECT_EQ(direct.request(get("/peer", forwarded)).value_or(RawResponse{}).body, "127.0.0.1");
  RouterTestServer behind([this](server::Router& router) { routes.routes(router); },
                          [](server::http::HttpServer::Options& options) {
                            options.client_addresses.client_address = [](std::string_view,
                                                                         std::span<const server::FieldView>) {
                              return std::string("198.51.100.7");
                            };
                          });
  RawConnection proxied(behind.port());
  EXPECT_EQ(proxied.request(get("/peer", forwarded)).value_or(RawResponse{}).body, "198.51.100.7");
}

}  // namespace
}  // namespace convert::test
