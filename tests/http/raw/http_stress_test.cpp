// SPDX-License-Identifier: MIT
// Many concurrent clients that request in order and disconnect at random.
#include <gtest/gtest.h>

#include <array>
#include <atomic>
#include <cstdint>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include "http/raw/router_test_server.hpp"
#include "http/support/raw_connection.hpp"
#include "support/test_helpers.hpp"

namespace convert::test {
namespace {

class Client {
 public:
  Client(std::uint16_t port, const TestRoutes& routes, std::uint32_t seed)
      : port_(port), toys_(routes), random_(seed) {}

  void run(int rounds) {
    for (int i = 0; i < rounds; ++i) {
      RawConnection wire(port_);
      for (auto count = random_() % 5; count > 0; --count) send_request(wire);
      leave(wire);
    }
  }

 private:
  void send_request(RawConnection& wire) {
    const std::string body(random_() % 20'000, 'x');
    const std::string size = std::to_string(body.size());
    switch (random_() % 4) {
      case 0:
        expect(wire, "POST /echo HTTP/1.1\r\nHost: toys\r\nContent-Length: " + size + "\r\n\r\n" + body,
               body);
        break;
      case 1:
        expect(wire, "POST /leaves HTTP/1.1\r\nHost: toys\r\nContent-Length: " + size + "\r\n\r\n" + body,
               "1\n");
        break;
      case 2:
        expect(wire, "GET /file HTTP/1.1\r\nHost: toys\r\nRange: bytes=7-" + size + "9\r\n\r\n",
               toys_.file.substr(7, std::stoul(size + "9") - 6));
        break;
      default:
        expect(wire, "GET /source?count=2 HTTP/1.1\r\nHost: toys\r\n\r\n", "1\n2\n");
    }
  }

  static void expect(RawConnection& wire, const std::string& request, const std::string& body) {
    const auto response = wire.request(request);
    ASSERT_TRUE(response) << request.substr(0, 100);
    EXPECT_TRUE(response->body == body) << request.substr(0, 100) << response->body.substr(0, 200);
  }

  /// Disconnects during a request; the first three requests have been answered in part by then.
  void leave(RawConnection& wire) {
    static const std::array<std::string, 5> started{
        "GET /forever HTTP/1.1\r\nHost: toys\r\n\r\n", "GET /file HTTP/1.1\r\nHost: toys\r\n\r\n",
        "POST /duplex HTTP/1.1\r\nHost: toys\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n",
        "POST /count HTTP/1.1\r\nHost: toys\r\nContent-Length: 99999\r\n\r\nabc", "GET /canary HT"};
    const auto which = random_() % started.size();
    wire.send(started[which]);
    if (which < 3 && random_() % 2 == 0) wire.read(10);
    if (random_() % 2 == 0) wire.reset();
  }

  std::uint16_t port_;
  const TestRoutes& toys_;
  std::mt19937 random_;
};

TEST(Stress, ServesManyConcurrentClients) {
  const std::uint32_t first = seed();
  const int rounds = full_run() ? 1'000 : 25;
  TestRoutes routes;
  RouterTestServer server([&](server::Router& router) { routes.routes(router); }, {}, 3);
  std::vector<std::thread> threads;
  for (unsigned i = 0; i < 8; ++i) {
    threads.emplace_back([&, i]() { Client(server.port(), routes, first + i).run(rounds); });
  }
  for (std::thread& thread : threads) thread.join();
  RawConnection wire(server.port());
  EXPECT_EQ(wire.request(kCanary).value_or(RawResponse{}).body, "canary");
  EXPECT_TRUE(server.stop(std::chrono::seconds(20)));
}

TEST(Listening, ReportsWhyListeningFails) {
  RouterTestServer server([](server::Router&) {});
  server::http::HttpServer::Options options;
  boost::asio::io_context context;
  options.executor = context.get_executor();
  const auto front = std::make_shared<server::http::HttpServer>(std::move(options), nullptr);
  const auto taken = front->listen("127.0.0.1", server.port());
  ASSERT_FALSE(taken);
  EXPECT_EQ(taken.error().code, Errc::conflict);
  EXPECT_NE(taken.error().message.find(std::to_string(server.port())), std::string::npos);
  for (const std::string address : {"localhost", "", "1.2.3", "203.0.113.1", "[::1]"}) {
    const auto refused = front->listen(address, 0);
    ASSERT_FALSE(refused) << address;
    EXPECT_EQ(refused.error().code, Errc::invalid_argument);
  }
}

}  // namespace
}  // namespace convert::test
