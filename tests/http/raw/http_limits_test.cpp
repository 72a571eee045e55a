// SPDX-License-Identifier: MIT
// Slow clients, large requests, many connections.
#include <gtest/gtest.h>

#include <chrono>
#include <deque>
#include <string>

#include "http/raw/router_test_server.hpp"
#include "http/support/raw_connection.hpp"

namespace convert::test {
namespace {

using namespace std::chrono_literals;
using Options = server::http::HttpServer::Options;

class Limits : public testing::Test {
 protected:
  std::unique_ptr<RouterTestServer> serve(const RouterTestServer::Adjust& adjust) {
    return std::make_unique<RouterTestServer>([this](server::Router& router) { routes.routes(router); },
                                              adjust);
  }
  TestRoutes routes;
};

TEST_F(Limits, RejectsLargeHeaders) {
  const auto server = serve({});
  const auto status = [&](const std::string& request) {
    RawConnection wire(server->port());
    const auto response = wire.request(request);
    const bool closed = wire.closed();
    return response && closed ? response->status : 0;
  };
  const std::string start = "GET /canary HTTP/1.1\r\nHost: toys\r\n";
  EXPECT_EQ(status(start + "X: " + std::string(17'000, 'x') + "\r\n\r\n"), 431);
  EXPECT_EQ(status(start + "X: " + std::string(10'000'000, 'x')), 431);
  EXPECT_EQ(status("GET /" + std::string(9'000, 'x') + " HTTP/1.1\r\nHost: toys\r\n\r\n"), 414);
  std::string many = start;
  for (int i = 0; i < 1'000; ++i) many += "X: y\r\n";
  EXPECT_EQ(status(many + "\r\n"), 431);
  RawConnection wire(server->port());
  EXPECT_EQ(
      wire.request(start + "X: " + std::string(15'000, 'x') + "\r\n\r\n").value_or(RawResponse{}).status,
      200);
}

TEST_F(Limits, RejectsLargeBodies) {
  const auto server = serve({});
  const std::string start = "POST /small HTTP/1.1\r\nHost: toys\r\n";
  RawConnection known(server->port());
  EXPECT_EQ(known.request(start + "Content-Length: 1001\r\n\r\n" + std::string(1'001, 'x'))
                .value_or(RawResponse{})
                .status,
            413);
  EXPECT_EQ(known.request(start + "Content-Length: 1000\r\n\r\n" + std::string(1'000, 'x'))
                .value_or(RawResponse{})
                .status,
            200);
  RawConnection huge(server->port());  // too large to drain: the connection closes after the response
  const auto refused = huge.request(start + "Content-Length: 9999999999\r\n\r\n" + std::string(300'000, 'x'));
  ASSERT_TRUE(refused);
  EXPECT_EQ(refused->status, 413);
  EXPECT_EQ(refused->field("Connection"), "close");
  EXPECT_TRUE(huge.closed());
  RawConnection chunked(server->port());
  const auto response = chunked.request(start + "Transfer-Encoding: chunked\r\n\r\n3e9\r\n" +
                                        std::string(1'001, 'x') + "\r\n0\r\n\r\n");
  ASSERT_TRUE(response);
  EXPECT_EQ(response->status, 413);
  EXPECT_TRUE(chunked.closed());
}

TEST_F(Limits, DeliversTheResponseDespiteAnUnreadBody) {
  const auto server = serve({});
  for (const std::size_t size : {10'000U, 200'000U, 1'000'000U}) {
    RawConnection wire(server->port());
    const auto response =
        wire.request("POST /refuse HTTP/1.1\r\nHost: toys\r\nContent-Length: " + std::to_string(size) +
                     "\r\n\r\n" + std::string(size, 'x'));
    ASSERT_TRUE(response) << size;
    EXPECT_EQ(response->status, 403);
    const bool goes_on = size <= 256 << 10;
    EXPECT_EQ(response->field("Connection").has_value(), !goes_on);
    if (goes_on) {
      EXPECT_EQ(wire.request(kCanary).value_or(RawResponse{}).body, "canary");
    } else {
      EXPECT_TRUE(wire.closed());
      EXPECT_FALSE(wire.was_reset());
    }
  }
}

TEST_F(Limits, SendsContinueWhenTheBodyIsRead) {
  const auto server = serve({});
  const std::string fields = "Host: toys\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n";
  RawConnection wire(server->port());
  wire.send("POST /echo HTTP/1.1\r\n" + fields);
  EXPECT_EQ(wire.read_until("\r\n\r\n"), "HTTP/1.1 100 Continue\r\n\r\n");
  EXPECT_EQ(wire.request("hello").value_or(RawResponse{}).body, "hello");
  wire.send("POST /echo HTTP/1.1\r\n" + fields + "hello");  // sent without waiting: no 100 is needed
  EXPECT_EQ(wire.read_response().value_or(RawResponse{}).body, "hello");
  wire.send("POST /refuse HTTP/1.1\r\n" + fields);
  const auto refused = wire.read_response();
  ASSERT_TRUE(refused);
  EXPECT_EQ(refused->status, 403);
  EXPECT_EQ(refused->field("Connection"), "close");  // the client may or may not send the body
  EXPECT_TRUE(wire.closed());
}

TEST_F(Limits, RejectsSlowHeadersWith408) {
  const auto server = serve([](Options& options) { options.limits.header_timeout = 100ms; });
  RawConnection wire(server->port());
  wire.send("GET /canary HT");
  const auto response = wire.read_response();
  ASSERT_TRUE(response);
  EXPECT_EQ(response->status, 408);
  EXPECT_TRUE(wire.closed());
}

TEST_F(Limits, RejectsDrippingHeaders) {
  const auto server = serve([](Options& options) { options.limits.header_timeout = 1s; });
  RawConnection wire(server->port());
  wire.send("GET /canary HTTP/1.1\r\n");
  while (!wire.closed(20ms)) wire.send("X: y\r\n");  // each line is in time, the header is not
  EXPECT_EQ(wire.read_response().value_or(RawResponse{}).status, 408);
}

TEST_F(Limits, ClosesIdleConnections) {
  const auto server = serve([](Options& options) { options.limits.idle_timeout = 2s; });
  RawConnection fresh(server->port());
  EXPECT_EQ(fresh.rest(), "");
  RawConnection used(server->port());
  EXPECT_EQ(used.request(kCanary).value_or(RawResponse{}).body, "canary");
  EXPECT_EQ(used.rest(), "");
}

TEST_F(Limits, RejectsSlowBodiesWith408) {
  const auto server = serve([](Options& options) { options.limits.body_read_timeout = 100ms; });
  for (const std::string start :
       {"Content-Length: 100\r\n\r\nabc", "Transfer-Encoding: chunked\r\n\r\n64\r\nabc",
        "Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n6"}) {
    RawConnection wire(server->port());
    wire.send("POST /echo HTTP/1.1\r\nHost: toys\r\n" + start);
    const auto response = wire.read_response();
    ASSERT_TRUE(response);
    EXPECT_EQ(response->status, 408);
    EXPECT_TRUE(wire.closed());
  }
}

TEST_F(Limits, AbortsClientsThatDoNotRead) {
  const auto server = serve([](Options& options) { options.limits.write_timeout = 100ms; });
  for (const std::string target : {"/file", "/memory", "/source?count=9000000"}) {
    SCOPED_TRACE(target);
    RawConnection wire(server->port(), 4'096);
    wire.send("GET " + target + " HTTP/1.1\r\nHost: toys\r\n\r\n");
    ASSERT_FALSE(wire.read_until("\r\n\r\n").empty());
    EXPECT_TRUE(server->logged(target.substr(0, target.find('?')) + " 200"));
    EXPECT_NE(server->log().find("too slow"), std::string::npos);
  }
}

TEST_F(Limits, RejectsConnectionsBeyondTheLimitAtOnce) {
  const auto server = serve([](Options& options) { options.limits.max_connections = 3; });
  std::deque<RawConnection> open;
  for (int i = 0; i < 3; ++i) {
    open.emplace_back(server->port());
    ASSERT_TRUE(open.back().request(kCanary));
  }
  RawConnection extra(server->port());
  const auto refused = extra.read_response();
  ASSERT_TRUE(refused);
  EXPECT_EQ(refused->status, 503);
  EXPECT_EQ(refused->field("Retry-After"), "1");
  EXPECT_TRUE(extra.closed());
  EXPECT_FALSE(extra.was_reset());
  EXPECT_EQ(open.front().request(kCanary).value_or(RawResponse{}).body, "canary");
  open.pop_front();
  int status = 503;
  for (const auto limit = std::chrono::steady_clock::now() + 20s;
       status == 503 && std::chrono::steady_clock::now() < limit;) {
    RawConnection next(server->port());
    const auto response = next.request(kCanary);
    status = response ? response->status : 503;
  }
  EXPECT_EQ(status, 200);
}

TEST_F(Limits, LimitsConnectionsPerAddress) {
  const auto server = serve([](Options& options) {
    options.limits.max_connections_per_address = 2;
    options.rate_limit_key = [](std::string_view address) { return std::string(address); };
  });
  RawConnection first(server->port());
  RawConnection second(server->port());
  ASSERT_TRUE(first.request(kCanary) && second.request(kCanary));
  RawConnection third(server->port());
  EXPECT_EQ(third.read_response().value_or(RawResponse{}).status, 503);
  const auto exempt = serve([](Options& options) {
    options.limits.max_connections_per_address = 0;
    options.rate_limit_key = [](std::string_view) { return std::string(); };
  });
  RawConnection allowed(exempt->port());
  EXPECT_EQ(allowed.request(kCanary).value_or(RawResponse{}).status, 200);
}

TEST_F(Limits, ServesOthersDespiteHalfOpenConnections) {
  const auto server = serve([](Options& options) { options.limits.max_connections_per_address = 1'000; });
  std::deque<RawConnection> half;
  for (int i = 0; i < 500; ++i) {
    half.emplace_back(server->port());
    half.back().send("GET /canary HTTP/1.1\r\nHo");
  }
  RawConnection wire(server->port());
  for (int i = 0; i < 100; ++i) ASSERT_EQ(wire.request(kCanary).value_or(RawResponse{}).body, "canary");
}

}  // namespace
}  // namespace convert::test
