// SPDX-License-Identifier: MIT
// Responses that start before the request ends, and how they end.
#include <gtest/gtest.h>

#include <chrono>
#include <future>
#include <string>
#include <thread>

#include "http/raw/router_test_server.hpp"
#include "http/support/raw_connection.hpp"

namespace convert::test {
namespace {

using namespace std::chrono_literals;

const std::string kForever = "GET /forever HTTP/1.1\r\nHost: toys\r\n\r\n";
const std::string kChunks = "Host: toys\r\nTransfer-Encoding: chunked\r\n\r\n";

class Streams : public testing::TestWithParam<unsigned> {
 protected:
  TestRoutes routes;
  RouterTestServer server{[this](server::Router& router) { routes.routes(router); }, {}, GetParam()};
};

TEST_P(Streams, RespondsWhileTheBodyArrives) {
  RawConnection wire(server.port());
  wire.send("POST /duplex HTTP/1.1\r\n" + kChunks);
  for (int i = 0; i < 20; ++i) {
    wire.send("6\r\nhello" + std::to_string(i % 10) + "\r\n");
    const std::string got = wire.read_until("hello" + std::to_string(i % 10));
    ASSERT_TRUE(got.ends_with("hello" + std::to_string(i % 10))) << got;
  }
  wire.send("0\r\n\r\n");
  EXPECT_TRUE(wire.read_until("0\r\n\r\n").ends_with("0\r\n\r\n"));
  EXPECT_EQ(wire.request(kCanary).value_or(RawResponse{}).body, "canary");
}

TEST_P(Streams, StopsReadingFromAClientThatDoesNotRead) {
  RawConnection wire(server.port(), 4'096);
  wire.send("POST /duplex HTTP/1.1\r\nHost: toys\r\nContent-Length: 1000000000\r\n\r\n");
  const std::string much(std::size_t{64} << 20, 'x');
  EXPECT_LT(wire.send_some(much, 500ms), much.size());  // only the kernel buffers
}

TEST_P(Streams, AbortsTheResponseOnAnInvalidBody) {
  RawConnection wire(server.port());
  wire.send("POST /duplex HTTP/1.1\r\n" + kChunks + "5\r\nhello\r\n");
  ASSERT_TRUE(wire.read_until("hello").ends_with("hello"));
  wire.send("rubbish\r\n");
  wire.rest();
  EXPECT_TRUE(wire.was_reset());
}

TEST_P(Streams, DetectsDisconnects) {
  for (const bool reset : {false, true}) {
    RawConnection wire(server.port());
    wire.send(kForever);
    ASSERT_TRUE(wire.read_until("begun").ends_with("begun"));
    if (reset) wire.reset();
  }
  EXPECT_TRUE(routes.ended(2));
}

TEST_P(Streams, EndsReadersAfterTheResponse) {
  RawConnection wire(server.port());
  wire.send("POST /leaves HTTP/1.1\r\nHost: toys\r\nContent-Length: 1000\r\n\r\nabc");
  const auto response = wire.read_response();  // complete, although a reader still waits for the body
  ASSERT_TRUE(response);
  EXPECT_EQ(response->body, "1\n");
  EXPECT_TRUE(routes.ended(1));
  wire.send(std::string(997, 'x') + kCanary);  // the rest is dropped, the connection stays open
  EXPECT_EQ(wire.read_response().value_or(RawResponse{}).body, "canary");
}

TEST_P(Streams, StopEndsEventStreamsAndIdleConnectionsAtOnce) {
  RawConnection events(server.port());
  RawConnection idle(server.port());
  RawConnection fresh(server.port());
  events.send(kForever);
  ASSERT_TRUE(events.read_until("begun").ends_with("begun"));
  ASSERT_TRUE(idle.request(kCanary));
  auto stopped = std::async(std::launch::async, [this]() { return server.stop(20s); });
  EXPECT_TRUE(events.rest().value_or("").ends_with("0\r\n\r\n"));  // a complete response
  for (RawConnection* wire : {&events, &idle, &fresh}) {
    EXPECT_EQ(wire->rest(), "");
    EXPECT_TRUE(wire->refuses());
  }
  ASSERT_TRUE(stopped.get());
  EXPECT_THROW(RawConnection(server.port()), std::system_error);
  EXPECT_TRUE(routes.ended(1));
}

TEST_P(Streams, StopLetsRunningRequestsFinish) {
  RawConnection wire(server.port());
  wire.send("POST /echo HTTP/1.1\r\nHost: toys\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n");
  ASSERT_EQ(wire.read_until("\r\n\r\n"), "HTTP/1.1 100 Continue\r\n\r\n");
  std::thread stopping([this]() { server.stop(20s); });
  wire.send("hello");
  const auto response = wire.read_response();
  stopping.join();
  ASSERT_TRUE(response);
  EXPECT_EQ(response->body, "hello");
  EXPECT_TRUE(wire.closed());
}

TEST_P(Streams, StopAbortsRequestsAfterTheGracePeriod) {
  RawConnection wire(server.port());
  wire.send("POST /duplex HTTP/1.1\r\n" + kChunks + "5\r\nhello\r\n");
  ASSERT_TRUE(wire.read_until("hello").ends_with("hello"));
  ASSERT_TRUE(server.stop(0ms));
  wire.rest();
  EXPECT_TRUE(wire.was_reset());
}

TEST_P(Streams, CleansUpAfterDisconnectsAtAnyByte) {
  const std::string request =
      "POST /echo HTTP/1.1\r\nHost: toys\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n";
  for (std::size_t count = 0; count <= request.size(); ++count) {
    RawConnection wire(server.port());
    wire.send(request.substr(0, count));
    if (count % 2 == 0) wire.reset();
  }
  EXPECT_TRUE(server.stop(20s));  // succeeds only when all have ended
}

INSTANTIATE_TEST_SUITE_P(OneAndTwoThreads, Streams, testing::Values(1U, 2U));

}  // namespace
}  // namespace convert::test
