// SPDX-License-Identifier: MIT
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <atomic>
#include <chrono>
#include <functional>
#include <future>
#include <span>
#include <string>
#include <thread>

#include "net/http/http_client.hpp"
#include "support/http_stub_server.hpp"
#include "support/test_helpers.hpp"
#include "unit/net/http/client_helpers.hpp"

namespace convert::net {
namespace {

using namespace std::chrono_literals;
using std::chrono::steady_clock;
using test::direct_client;
using test::HttpStubServer;
using test::request_to;
using test::StubConnection;
using test::StubRequest;

/// Different bytes at each place, so that a lost or doubled block is seen.
std::string numbered_text(std::size_t size) {
  std::string text;
  text.reserve(size + 16);
  for (std::size_t number = 0; text.size() < size; ++number) text += std::to_string(number) + ",";
  text.resize(size);
  return text;
}

std::string read_all(HttpExchange& exchange) {
  std::string body;
  std::array<char, 50'000> block;
  for (;;) {
    const std::size_t count = test::must(exchange.read(std::as_writable_bytes(std::span(block))));
    if (count == 0) return body;
    body.append(block.data(), count);
  }
}

HttpStubServer::Options raw_bodies() {
  HttpStubServer::Options options;
  options.read_bodies = false;
  return options;
}

/// The end of a call that a stop request must end within a second.
void expect_cancelled_within_a_second(const std::function<Result<void>(const std::stop_token&)>& call,
                                      const std::function<bool()>& is_waiting) {
  std::stop_source stop;
  auto ended = std::async(std::launch::async, [&] { return call(stop.get_token()); });
  EXPECT_TRUE(test::eventually(10s, is_waiting));
  EXPECT_EQ(ended.wait_for(20ms), std::future_status::timeout);
  const auto start = steady_clock::now();
  stop.request_stop();
  const auto result = ended.get();
  EXPECT_LT(steady_clock::now() - start, 1s);
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code, Errc::cancelled);
}

TEST(HttpStreaming, ReadsABodyInParts) {
  const std::string body = numbered_text(5'000'000);
  HttpStubServer server(
      [&](const StubRequest&, StubConnection& connection) { connection.answer(200, body); });
  HttpRequest request = request_to(server.url() + "/a");
  request.response_buffer = std::size_t{64} << 10;
  const auto client = direct_client();
  for (int i = 0; i < 2; ++i) {
    const auto exchange = client->start(request);
    EXPECT_EQ(test::must(exchange->head()).get().content_length, body.size());
    EXPECT_TRUE(read_all(*exchange) == body);
    EXPECT_TRUE(exchange->has_ended());
  }
  EXPECT_EQ(server.connections(), 1U);
}

TEST(HttpStreaming, ASlowReaderStopsTheServer) {
  const std::string block(std::size_t{1} << 20, 'x');
  constexpr int kBlocks = 64;
  std::atomic<int> sent = 0;
  HttpStubServer server([&](const StubRequest&, StubConnection& connection) {
    connection.send("HTTP/1.1 200 OK\r\nContent-Length: " + std::to_string(kBlocks * block.size()) +
                    "\r\n\r\n");
    while (sent < kBlocks && connection.send(block)) ++sent;
  });
  HttpRequest request = request_to(server.url() + "/a");
  // Longer than the pause below: time in which the transfer waits for the reader does not count.
  request.timeouts.idle = 300ms;
  const auto exchange = direct_client()->start(request);
  ASSERT_TRUE(exchange->head());
  // The buffers of both sockets and of the transfer hold a few MiB.
  int before = -1;
  EXPECT_TRUE(test::eventually(20s, [&] {
    std::this_thread::sleep_for(700ms);
    return std::exchange(before, sent.load()) == sent.load();
  }));
  EXPECT_LT(sent, kBlocks / 2);
  EXPECT_EQ(read_all(*exchange).size(), kBlocks * block.size());
}

TEST(HttpStreaming, WritesABodyInParts) {
  HttpStubServer server([](const StubRequest& request, StubConnection& connection) {
    connection.answer(200, std::to_string(request.body.size()));
  });
  const std::string body = numbered_text(3'000'000);
  HttpRequest request = request_to(server.url() + "/a", "PUT");
  request.streamed_body_size = body.size();
  const auto exchange = direct_client()->start(request);
  for (std::size_t at = 0; at < body.size(); at += 70'001) {
    const std::string part = body.substr(at, 70'001);
    ASSERT_TRUE(test::must(exchange->write(std::as_bytes(std::span(part)))));
  }
  const std::string one = "x";
  const auto more = exchange->write(std::as_bytes(std::span(one)));
  ASSERT_FALSE(more);
  EXPECT_EQ(more.error().code, Errc::invalid_argument);
  EXPECT_EQ(test::must(exchange->response()).body, std::to_string(body.size()));
  EXPECT_TRUE(server.requests().at(0).body == body);
  EXPECT_EQ(server.requests().at(0).headers.count("transfer-encoding"), 0U);
}

TEST(HttpStreaming, ASlowWriterIsNoIdleTransfer) {
  HttpStubServer server(
      [](const StubRequest& request, StubConnection& connection) { connection.answer(200, request.body); });
  HttpRequest request = request_to(server.url() + "/a", "PUT");
  request.streamed_body_size = 2;
  request.timeouts.idle = 300ms;
  const auto exchange = direct_client()->start(request);
  const std::string one = "x";
  ASSERT_TRUE(exchange->write(std::as_bytes(std::span(one))));
  std::this_thread::sleep_for(1'500ms);
  ASSERT_TRUE(exchange->write(std::as_bytes(std::span(one))));
  const auto response = exchange->response();
  ASSERT_TRUE(response) << response.error().message;
  EXPECT_EQ(response->body, "xx");
}

TEST(HttpStreaming, ASlowServerStopsTheWriter) {
  std::promise<void> go;
  HttpStubServer server(
      [&](const StubRequest&, StubConnection& connection) {
        go.get_future().wait();
        std::size_t size = 0;
        while (size < std::size_t{64} << 20) size += connection.receive(1 << 20).size();
        connection.answer(200, "");
      },
      raw_bodies());
  const std::string block(std::size_t{1} << 20, 'x');
  HttpRequest request = request_to(server.url() + "/a", "PUT");
  request.streamed_body_size = 64 * block.size();
  const auto exchange = direct_client()->start(request);
  std::atomic<int> written = 0;
  std::thread writer([&] {
    for (int i = 0; i < 64; ++i) {
      if (!exchange->write(std::as_bytes(std::span(block)))) return;
      ++written;
    }
  });
  int before = -1;
  EXPECT_TRUE(test::eventually(20s, [&] {
    std::this_thread::sleep_for(300ms);
    return std::exchange(before, written.load()) == written.load();
  }));
  EXPECT_LT(written, 32);
  go.set_value();
  writer.join();
  EXPECT_EQ(written, 64);
  EXPECT_EQ(test::must(exchange->response()).status, 200);
}

TEST(HttpStreaming, AnEarlyAnswerEndsTheBody) {
  HttpStubServer server(
      [](const StubRequest&, StubConnection& connection) {
        connection.receive(1);
        connection.answer(403, "denied");
        while (!connection.receive(1 << 20).empty()) {
        }
        connection.close();
      },
      raw_bodies());
  const std::string block(std::size_t{1} << 20, 'x');
  HttpRequest request = request_to(server.url() + "/a", "PUT");
  request.streamed_body_size = std::uint64_t{1} << 40;
  const auto exchange = direct_client()->start(request);
  bool accepted = true;
  while (accepted) accepted = test::must(exchange->write(std::as_bytes(std::span(block))));
  const auto response = exchange->response();
  ASSERT_TRUE(response) << response.error().message;
  EXPECT_EQ(response->status, 403);
  EXPECT_EQ(response->body, "denied");
}

/// The client waits for the next bytes of the body when the answer comes.
TEST(HttpStreaming, AnEarlyAnswerEndsABodyThatWaits) {
  constexpr std::size_t kGiven = std::size_t{1} << 20;
  const std::string block(kGiven, 'x');
  for (const char* const headers : {"", "Connection: close\r\n"}) {
    HttpStubServer server(
        [headers](const StubRequest&, StubConnection& connection) {
          for (std::size_t count = 0; count < kGiven;) {
            const auto part = connection.receive(kGiven);
            if (part.empty()) return;
            count += part.size();
          }
          connection.answer(403, "denied", headers);
          while (!connection.receive(1 << 20).empty()) {
          }
          connection.close();
        },
        raw_bodies());
    HttpRequest request = request_to(server.url() + "/a", "PUT");
    request.streamed_body_size = std::uint64_t{1} << 40;
    const auto exchange = direct_client()->start(request);
    ASSERT_TRUE(test::must(exchange->write(std::as_bytes(std::span(block)))));
    const auto response = exchange->response();
    ASSERT_TRUE(response) << response.error().message;
    EXPECT_EQ(response->status, 403);
    EXPECT_EQ(response->body, "denied");
  }
}

/// Servers that refuse an upload close the connection without reading the rest of the body.
TEST(HttpStreaming, AnEarlyAnswerBeforeAResetIsKept) {
  HttpStubServer server(
      [](const StubRequest&, StubConnection& connection) {
        connection.receive(1);
        connection.answer(503, "slow down", "Retry-After: 7\r\nConnection: close\r\n");
        connection.close();
      },
      raw_bodies());
  const std::string body(std::size_t{64} << 20, 'x');
  HttpRequest request = request_to(server.url() + "/a", "PUT");
  request.body = std::as_bytes(std::span(body));
  const auto client = direct_client();
  int answered = 0;
  for (int time = 0; time < 10; ++time) {
    const auto response = client->start(request)->response();
    // A reset may overtake the answer; then it is a broken transfer.
    if (!response) {
      EXPECT_TRUE(response.error().retryable) << response.error().message;
      continue;
    }
    ++answered;
    EXPECT_EQ(response->status, 503);
    EXPECT_EQ(response->body, "slow down");
    EXPECT_EQ(response->headers.find("Retry-After"), "7");
  }
  EXPECT_GE(answered, 1);
}

TEST(HttpStreaming, ABrokenConnectionEndsTheWriter) {
  HttpStubServer server(
      [](const StubRequest&, StubConnection& connection) {
        connection.receive(1);
        connection.close();
      },
      raw_bodies());
  const std::string block(std::size_t{1} << 20, 'x');
  HttpRequest request = request_to(server.url() + "/a", "PUT");
  request.streamed_body_size = std::uint64_t{1} << 40;
  const auto exchange = direct_client()->start(request);
  Result<bool> accepted = true;
  while (accepted && *accepted) accepted = exchange->write(std::as_bytes(std::span(block)));
  const auto response = exchange->response();
  ASSERT_FALSE(response);
  EXPECT_TRUE(response.error().retryable);
}

TEST(HttpStreaming, AStopRequestEndsEachWait) {
  std::atomic<int> waiting = 0;
  std::promise<void> release;
  const std::shared_future<void> released = release.get_future().share();
  HttpStubServer server(
      [&](const StubRequest& request, StubConnection& connection) {
        if (request.target == "/body") connection.send("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nab");
        if (request.target == "/write") connection.receive(1);
        ++waiting;
        if (request.target == "/write") return released.wait();  // reads no more
        connection.receive(1);
        connection.close();
      },
      raw_bodies());
  const auto client = direct_client();
  const auto is_waiting = [&] { return waiting > 0; };
  {
    SCOPED_TRACE("head");
    expect_cancelled_within_a_second(
        [&](const std::stop_token& stop) -> Result<void> {
          const auto exchange = client->start(request_to(server.url() + "/head"), stop);
          const auto head = exchange->head();
          if (!head) return head.error();
          return {};
        },
        is_waiting);
  }
  waiting = 0;
  {
    SCOPED_TRACE("body");
    expect_cancelled_within_a_second(
        [&](const std::stop_token& stop) -> Result<void> {
          const auto response = client->start(request_to(server.url() + "/body"), stop)->response();
          if (!response) return response.error();
          return {};
        },
        is_waiting);
  }
  waiting = 0;
  {
    SCOPED_TRACE("write");
    expect_cancelled_within_a_second(
        [&](const std::stop_token& stop) -> Result<void> {
          HttpRequest request = request_to(server.url() + "/write", "PUT");
          request.streamed_body_size = std::uint64_t{1} << 40;
          const auto exchange = client->start(request, stop);
          const std::string block(std::size_t{1} << 20, 'x');
          for (;;) {
            const auto accepted = exchange->write(std::as_bytes(std::span(block)));
            if (!accepted) return accepted.error();
          }
        },
        is_waiting);
  }
  release.set_value();
}

TEST(HttpStreaming, AStopRequestEndsAConnectionThatIsNotAccepted) {
  // An address of a test network (RFC 5737): nothing answers there.
  const auto client = direct_client();
  std::stop_source stop;
  auto ended = std::async(std::launch::async, [&] {
    return client->start(request_to("http://192.0.2.1/"), stop.get_token())->response();
  });
  const bool refused = ended.wait_for(200ms) == std::future_status::ready;  // no route
  const auto start = steady_clock::now();
  stop.request_stop();
  const auto response = ended.get();
  EXPECT_LT(steady_clock::now() - start, 1s);
  ASSERT_FALSE(response);
  if (!refused) {
    EXPECT_EQ(response.error().code, Errc::cancelled);
  }
}

TEST(HttpStreaming, AStoppedRequestIsNotSent) {
  HttpStubServer server([](const StubRequest&, StubConnection& connection) { connection.answer(200, ""); });
  std::stop_source stop;
  stop.request_stop();
  const auto response = direct_client()->start(request_to(server.url() + "/a"), stop.get_token())->response();
  ASSERT_FALSE(response);
  EXPECT_EQ(response.error().code, Errc::cancelled);
  EXPECT_TRUE(server.requests().empty());
}

TEST(HttpStreaming, AnAbandonedRequestClosesItsConnection) {
  std::atomic<bool> closed = false;
  HttpStubServer server([&](const StubRequest& request, StubConnection& connection) {
    if (request.target == "/ok") return void(connection.answer(200, "ok"));
    connection.send("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nabc");
    closed = connection.receive(1).empty();
    connection.close();
  });
  const auto client = direct_client();
  {
    const auto exchange = client->start(request_to(server.url() + "/long"));
    ASSERT_TRUE(exchange->head());
  }
  EXPECT_TRUE(test::eventually(10s, [&] { return closed.load(); }));
  EXPECT_EQ(test::must(client->start(request_to(server.url() + "/ok"))->response()).body, "ok");
}

}  // namespace
}  // namespace convert::net
