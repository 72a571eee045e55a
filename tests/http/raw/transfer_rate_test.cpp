// SPDX-License-Identifier: MIT
// Clients that send or receive slightly slower or faster than the minimum rate, on a clock that the test
// advances.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <optional>
#include <string>

#include "http/raw/router_test_server.hpp"
#include "http/support/raw_connection.hpp"

namespace convert::test {
namespace {

using namespace std::chrono_literals;
using testing::EndsWith;
using testing::HasSubstr;
using Instant = std::chrono::steady_clock::time_point;

constexpr auto kGrace = 30s;  // without a minimum rate

class StoppedClock {
 public:
  Instant now() const { return Instant(now_.load()); }
  void advance(std::chrono::seconds time) { now_ = now_.load() + time; }

 private:
  std::atomic<Instant::duration> now_{1h};
};

/// An endless response whose next piece is always available.
class Endless final : public server::ResponseStream {
 public:
  server::Async<Result<std::string_view>> next() override { co_return std::string_view(block_); }

 private:
  const std::string block_ = std::string(64 << 10, 'x');
};

server::Async<server::Response> endless(server::Request&) {
  server::Response response;
  response.body = std::make_unique<Endless>();
  co_return response;
}

/// A server with one thread on that clock, with the rate limits (bytes per second) as the only limits.
class Slow : public testing::Test {
 protected:
  void serve(std::uint32_t rate) {
    const auto routes = [this](server::Router& router) {
      toys_.routes(router);
      router.on(server::Method::get, "/endless", endless);
    };
    server_.emplace(routes, [this, rate](server::http::HttpServer::Options& options) {
      options.now = [this] { return clock_.now(); };
      options.limits.min_body_rate = options.limits.min_write_rate = rate;
      options.limits.idle_timeout = options.limits.body_read_timeout = options.limits.write_timeout = 24h;
      options.limits.header_timeout = 0ms;  // for headers that arrive in pieces
    });
    other_.emplace(server_->port());
  }

  /// Advances the clock while the server waits: its thread is idle once it has served another request.
  void wait(std::chrono::seconds time) {
    const auto response = other_->request("GET /canary HTTP/1.1\r\nHost: toys\r\n\r\n");
    ASSERT_TRUE(response);
    ASSERT_EQ(response->body, "canary");
    clock_.advance(time);
  }

  /// Returns when the server has checked the deadlines at this time: it has found one more late client.
  void have_it_look() {
    RawConnection late(server_->port());
    late.send("GET");
    EXPECT_EQ(late.read_response().value_or(RawResponse{}).status, 408);
  }

  /// Sends a body that is returned as it is read.
  RawConnection send_body(std::size_t length) {
    RawConnection wire(server_->port());
    wire.send("POST /duplex HTTP/1.1\r\nHost: toys\r\nContent-Length: " + std::to_string(length) +
              "\r\n\r\n");
    // Send a piece only now: one that arrives with the header needs no wait.
    EXPECT_EQ(wire.head().value_or(RawResponse{}).status, 200);
    return wire;
  }

  /// Sends a piece of the body, then advances the clock.
  void send_piece(RawConnection& wire, std::size_t bytes, std::chrono::seconds then) {
    ASSERT_TRUE(wire.send(std::string(bytes - 1, 'x') + "!"));
    ASSERT_THAT(wire.read_until("!"), EndsWith("!"));
    ASSERT_NO_FATAL_FAILURE(wait(then));
  }

  RawConnection take_endless() {
    RawConnection wire(server_->port(), 64 << 10);
    wire.send("GET /endless HTTP/1.1\r\nHost: toys\r\n\r\n");
    EXPECT_EQ(wire.head().value_or(RawResponse{}).status, 200);
    return wire;
  }

  bool too_slow(const std::string& path) const {
    return server_->logged(path) && server_->log().find("too slow") != std::string::npos;
  }

  StoppedClock clock_;
  TestRoutes toys_;
  std::optional<RouterTestServer> server_;
  std::optional<RawConnection> other_;
};

constexpr std::uint32_t kBodyRate = 100;
constexpr auto kStep = 10s;

TEST_F(Slow, RejectsABodySlowerThanTheRate) {
  serve(kBodyRate);
  RawConnection wire = send_body(1'000'000);
  // Nine tenths of the rate: each ten seconds use one second of the grace period, which ends after the 30th
  // piece.
  for (int piece = 1; piece < 30; ++piece) ASSERT_NO_FATAL_FAILURE(send_piece(wire, 900, kStep)) << piece;
  have_it_look();
  ASSERT_NO_FATAL_FAILURE(send_piece(wire, 900, kStep));
  EXPECT_TRUE(wire.closed());
  EXPECT_TRUE(too_slow("/duplex"));
}

TEST_F(Slow, AcceptsABodyFasterThanTheRate) {
  serve(kBodyRate);
  constexpr int kPieces = 100;
  RawConnection wire = send_body(1'100 * kPieces);
  for (int piece = 1; piece <= kPieces; ++piece) {
    ASSERT_NO_FATAL_FAILURE(send_piece(wire, 1'100, kStep)) << piece;
    if (piece % 25 == 0) have_it_look();
  }
  EXPECT_THAT(wire.read_until("0\r\n\r\n"), EndsWith("0\r\n\r\n"));
  EXPECT_TRUE(server_->logged("/duplex 200"));
  EXPECT_FALSE(too_slow("/duplex"));
}

constexpr std::uint32_t kAnswerRate = 400'000;

TEST_F(Slow, AbortsAClientThatReadsSlowerThanTheRate) {
  serve(kAnswerRate);
  RawConnection wire = take_endless();
  // Bytes in the kernel's buffers count as sent: some megabytes, so use half the rate.
  constexpr std::size_t kPiece = kAnswerRate / 2;
  std::size_t taken = 0;
  auto passed = 0s;
  for (bool whole = true; whole && passed < 300s;) {
    const auto count = wire.read(kPiece).size();
    taken += count;
    whole = count == kPiece;
    ASSERT_NO_FATAL_FAILURE(wait(1s));
    passed += 1s;
    if (passed.count() % 20 == 0) have_it_look();
  }
  EXPECT_TRUE(wire.closed());
  EXPECT_TRUE(wire.was_reset()) << "what the kernel still holds would look like all of it";
  EXPECT_TRUE(too_slow("/endless"));
  EXPECT_GE(passed, kGrace + std::chrono::seconds(taken / kAnswerRate)) << "not before its time";
}

TEST_F(Slow, ServesAClientThatReadsFasterThanTheRate) {
  serve(kAnswerRate);
  RawConnection wire = take_endless();
  constexpr std::size_t kPiece = kAnswerRate + kAnswerRate / 10;
  for (int piece = 1; piece <= 100; ++piece) {
    ASSERT_EQ(wire.read(kPiece).size(), kPiece) << piece;
    ASSERT_NO_FATAL_FAILURE(wait(1s));
    if (piece % 25 == 0) have_it_look();
  }
  EXPECT_THAT(server_->log(), testing::Not(HasSubstr("too slow")));
}

}  // namespace
}  // namespace convert::test
