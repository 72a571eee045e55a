// SPDX-License-Identifier: MIT
// Handlers of an embedder that throw or outlive their request may break their connection, but not the server.
// AddressSanitizer checks that no handler uses freed memory.
#include <gtest/gtest.h>

#include <atomic>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <chrono>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <span>
#include <stdexcept>
#include <string>
#include <vector>

#include "http/support/live_server.hpp"
#include "http/support/raw_connection.hpp"
#include "support/test_helpers.hpp"

namespace convert::test {
namespace {

using server::Async;
using server::Body;
using server::Method;
using server::Request;
using server::Response;
using server::RouteOptions;

/// Sends one piece, then throws.
class Thrower final : public server::ResponseStream {
 public:
  Async<Result<std::string_view>> next() override {
    if (started_) throw std::runtime_error("the source is broken");
    started_ = true;
    co_return std::string_view("begun");
  }

 private:
  bool started_ = false;
};

Async<void> read_on(std::shared_ptr<Body> body, std::shared_ptr<std::atomic<int>> ended) {
  std::vector<std::byte> block(1'000);
  for (;;) {
    const auto count = co_await body->read(block);
    if (!count || *count == 0) break;
  }
  ++*ended;
}

/// Reads the body concurrently with the response and does not wait for it.
Async<Response> throw_while_reading(Request& request, std::shared_ptr<std::atomic<int>> ended) {
  boost::asio::co_spawn(request.executor, read_on(request.body, std::move(ended)), boost::asio::detached);
  Response answer;
  answer.body = std::make_unique<Thrower>();
  co_return answer;
}

/// As above, with a response that is complete at once.
Async<Response> answer_while_reading(Request& request, std::shared_ptr<std::atomic<int>> ended) {
  boost::asio::co_spawn(request.executor, read_on(request.body, std::move(ended)), boost::asio::detached);
  co_return server::json_response(200, "{}");
}

/// A file in a storage that does not answer until the read is cancelled.
class StuckReader final : public Reader {
 public:
  std::optional<std::uint64_t> size() const override { return 1'000; }
  bool seekable() const override { return true; }
  Result<std::size_t> read_at(std::uint64_t, std::span<std::byte>) override {
    std::unique_lock lock(mutex_);
    reading_ = true;
    changed_.notify_all();
    changed_.wait(lock, [this] { return cancelled_; });
    return Error{Errc::cancelled, "The read was cancelled.", true};
  }
  void cancel() noexcept override {
    const std::lock_guard lock(mutex_);
    cancelled_ = true;
    changed_.notify_all();
  }
  void wait_until_read() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return reading_; });
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  bool reading_ = false;
  bool cancelled_ = false;
};

constexpr std::chrono::seconds kPatience{20};

Async<Response> hello(Request&) { co_return server::json_response(200, "\"hello\""); }

class HandlerLifetime : public testing::Test {
 protected:
  static RouteOptions options() {
    RouteOptions result;
    result.streaming = true;
    return result;
  }

  void add(server::Router& router) {
    const auto count = ended;
    router.on(
        Method::post, "/throw", [count](Request& request) { return throw_while_reading(request, count); },
        options());
    router.on(
        Method::post, "/answer", [count](Request& request) { return answer_while_reading(request, count); },
        options());
    router.on(Method::get, "/hello", hello, options());
    router.on(Method::get, "/stuck", [this](Request&) { return answer_stuck(); });
  }

  Async<Response> answer_stuck() {
    Response answer;
    answer.body = server::Content{stuck, 1'000};
    co_return answer;
  }

  bool still_serves() {
    RawConnection wire(server.port());
    const auto answer = wire.request("GET /hello HTTP/1.1\r\nHost: a\r\n\r\n");
    return answer && answer->status == 200;
  }

  std::shared_ptr<std::atomic<int>> ended = std::make_shared<std::atomic<int>>(0);
  std::shared_ptr<StuckReader> stuck = std::make_shared<StuckReader>();
  LiveServer server{[this](LiveSettings& settings) {
    settings.starts_engine = false;
    settings.routes = [this](server::Router& router) { add(router); };
  }};
};

TEST_F(HandlerLifetime, ThrowingStreamAbortsTheConnection) {
  for (int round = 1; round <= 20; ++round) {
    RawConnection wire(server.port());
    wire.send("POST /throw HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n\r\nhalf");
    const auto rest = wire.rest();
    ASSERT_TRUE(rest);
    EXPECT_FALSE(rest->ends_with("0\r\n\r\n")) << *rest;
    EXPECT_TRUE(wire.was_reset());
    EXPECT_TRUE(eventually(kPatience, [&] { return *ended == round; }));
  }
  EXPECT_NE(server.log().find("the source is broken"), std::string::npos) << server.log();
  EXPECT_TRUE(still_serves());
}

TEST_F(HandlerLifetime, AStopCancelsReadsOfAStorageThatDoesNotAnswer) {
  RawConnection wire(server.port());
  wire.send("GET /stuck HTTP/1.1\r\nHost: a\r\n\r\n");
  stuck->wait_until_read();
  EXPECT_TRUE(server.stop(std::chrono::milliseconds(0), std::chrono::milliseconds(4'500)));
  EXPECT_TRUE(wire.closed());
}

TEST_F(HandlerLifetime, ReaderThatOutlivesItsRequestReadsNothingOfTheNext) {
  for (int round = 1; round <= 20; ++round) {
    RawConnection wire(server.port());
    wire.send("POST /answer HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n\r\nhalf");
    const auto answer = wire.read_response();
    ASSERT_TRUE(answer);
    EXPECT_EQ(answer->status, 200);
    EXPECT_TRUE(eventually(kPatience, [&] { return *ended == round; }));
    wire.send(std::string(96, 'x') + "GET /hello HTTP/1.1\r\nHost: a\r\n\r\n");
    const auto next = wire.read_response();
    ASSERT_TRUE(next);
    EXPECT_EQ(next->body, "\"hello\"");
  }
}

}  // namespace
}  // namespace convert::test
