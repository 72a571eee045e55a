// SPDX-License-Identifier: MIT
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <atomic>
#include <chrono>
#include <future>
#include <span>
#include <string>
#include <vector>

#include "net/http/http_client.hpp"
#include "net/http/server_clock.hpp"
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

CallOptions fast_retries(int attempts = 5) {
  CallOptions options;
  options.retry.max_attempts = attempts;
  options.retry.base_delay = 1ms;
  options.retry.max_delay = 5ms;
  return options;
}

/// Answers the first `failures` requests by `fail`, later ones with 200 and the request's body.
HttpStubServer::Handler failing(int failures, std::function<void(StubConnection&)> fail) {
  auto left = std::make_shared<std::atomic<int>>(failures);
  return [left, fail = std::move(fail)](const StubRequest& request, StubConnection& connection) {
    if (left->fetch_sub(1) > 0) return fail(connection);
    connection.answer(200, request.body);
  };
}

TEST(HttpRetries, RepeatsPassingFailures) {
  const std::vector<std::function<void(StubConnection&)>> failures{
      [](StubConnection& connection) { connection.answer(503, "SlowDown"); },
      [](StubConnection& connection) { connection.answer(500, ""); },
      [](StubConnection& connection) { connection.answer(429, ""); },
      [](StubConnection& connection) { connection.close(); },
      [](StubConnection& connection) {
        connection.send("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\npart");
        connection.close();
      },
      [](StubConnection& connection) {
        connection.send("garbage\r\n\r\n");
        connection.close();
      }};
  for (std::size_t i = 0; i < failures.size(); ++i) {
    HttpStubServer server(failing(2, failures[i]));
    HttpRequest request = request_to(server.url() + "/a", "PUT");
    const std::string body = "body";
    request.body = std::as_bytes(std::span(body));
    const auto response = direct_client()->perform(request, fast_retries());
    ASSERT_TRUE(response) << i << ": " << response.error().message;
    EXPECT_EQ(response->status, 200) << i;
    EXPECT_EQ(response->body, "body") << i;
    EXPECT_GE(server.requests().size(), 3U) << i;
  }
}

TEST(HttpRetries, ReturnsTheLastFailure) {
  HttpStubServer server(failing(100, [](StubConnection& connection) { connection.answer(503, "SlowDown"); }));
  const auto response = direct_client()->perform(request_to(server.url() + "/a"), fast_retries(3));
  ASSERT_TRUE(response);
  EXPECT_EQ(response->status, 503);
  EXPECT_EQ(response->body, "SlowDown");
  EXPECT_EQ(server.requests().size(), 3U);
}

TEST(HttpRetries, DoesNotRepeatDefiniteAnswers) {
  HttpStubServer server(failing(100, [](StubConnection& connection) { connection.answer(403, "denied"); }));
  const auto response = direct_client()->perform(request_to(server.url() + "/a"), fast_retries());
  ASSERT_TRUE(response);
  EXPECT_EQ(response->status, 403);
  EXPECT_EQ(server.requests().size(), 1U);
}

TEST(HttpRetries, JudgesABodyByThePolicy) {
  HttpStubServer server(failing(1, [](StubConnection& connection) { connection.answer(200, "<Error/>"); }));
  CallOptions options = fast_retries();
  options.retry.retry_response = [](const HttpResponse& response) { return response.body == "<Error/>"; };
  EXPECT_EQ(test::must(direct_client()->perform(request_to(server.url() + "/a"), options)).body, "");
  EXPECT_EQ(server.requests().size(), 2U);
}

TEST(HttpRetries, WaitsAsLongAsTheServerRequests) {
  HttpStubServer server(
      failing(1, [](StubConnection& connection) { connection.answer(503, "", "Retry-After: 1\r\n"); }));
  const auto start = steady_clock::now();
  EXPECT_EQ(test::must(direct_client()->perform(request_to(server.url() + "/a"), fast_retries())).status,
            200);
  EXPECT_GE(steady_clock::now() - start, 1s);
}

TEST(HttpRetries, DoesNotWaitLongerThanItMay) {
  HttpStubServer server(
      failing(1, [](StubConnection& connection) { connection.answer(503, "", "Retry-After: 3600\r\n"); }));
  EXPECT_EQ(test::must(direct_client()->perform(request_to(server.url() + "/a"), fast_retries())).status,
            503);
}

TEST(HttpRetries, AStopRequestEndsTheWait) {
  HttpStubServer server(
      failing(1, [](StubConnection& connection) { connection.answer(503, "", "Retry-After: 30\r\n"); }));
  std::stop_source stop;
  CallOptions options = fast_retries();
  options.stop = stop.get_token();
  const auto client = direct_client();
  auto ended = std::async(std::launch::async,
                          [&] { return client->perform(request_to(server.url() + "/a"), options); });
  ASSERT_TRUE(test::eventually(10s, [&] { return server.requests().size() == 1; }));
  const auto start = steady_clock::now();
  stop.request_stop();
  const auto response = ended.get();
  EXPECT_LT(steady_clock::now() - start, 1s);
  ASSERT_FALSE(response);
  EXPECT_EQ(response.error().code, Errc::cancelled);
}

TEST(HttpRetries, BuildsEachAttemptAnewWithTheServersClock) {
  const auto server_time = std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now()) + 1h;
  HttpStubServer server([&](const StubRequest& request, StubConnection& connection) {
    const bool early = request.header("x-time").empty() ||
                       std::stoll(request.header("x-time")) < (server_time - 60s).time_since_epoch().count();
    connection.answer(early ? 403 : 200, "", "Date: " + format_http_date(server_time) + "\r\n");
  });
  ServerClock clock;
  bool moved = false;
  CallOptions options = fast_retries();
  options.on_response = [&](const HttpResponseHead& head) { moved = clock.observe(head); };
  options.retry.retry_response = [&](const HttpResponse& response) {
    return response.status == 403 && moved;
  };
  std::vector<int> attempts;
  const auto response = direct_client()->perform(
      [&](int attempt) -> Result<HttpRequest> {
        attempts.push_back(attempt);
        HttpRequest request = request_to(server.url() + "/a");
        request.headers.add("X-Time", std::to_string(clock.now().time_since_epoch().count()));
        return request;
      },
      options);
  EXPECT_EQ(test::must(response).status, 200);
  EXPECT_EQ(attempts, (std::vector<int>{1, 2}));
}

TEST(HttpRetries, AnErrorOfTheBuilderEndsTheCall) {
  const auto response = direct_client()->perform(
      [](int) -> Result<HttpRequest> {
        return Error{Errc::not_found, "There are no credentials.", true};
      },
      fast_retries());
  ASSERT_FALSE(response);
  EXPECT_EQ(response.error().code, Errc::not_found);
}

TEST(HttpRetries, OpensAStreamOnceTheStatusIsGood) {
  HttpStubServer server(failing(2, [](StubConnection& connection) { connection.answer(503, "busy"); }));
  const std::string body(300'000, 'x');
  const auto exchange = direct_client()->open(
      [&](int) -> Result<HttpRequest> {
        HttpRequest request = request_to(server.url() + "/a", "PUT");
        request.body = std::as_bytes(std::span(body));
        return request;
      },
      fast_retries());
  ASSERT_TRUE(exchange) << exchange.error().message;
  EXPECT_EQ(test::must((*exchange)->head()).get().status, 200);
  EXPECT_EQ(test::must((*exchange)->response()).body, body);
  EXPECT_EQ(server.requests().size(), 3U);
}

}  // namespace
}  // namespace convert::net
