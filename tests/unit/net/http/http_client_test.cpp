// SPDX-License-Identifier: MIT
#include "net/http/http_client.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <netinet/in.h>

#include <atomic>
#include <chrono>
#include <span>
#include <string>
#include <thread>
#include <vector>

#include "support/http_stub_server.hpp"
#include "support/test_helpers.hpp"
#include "unit/net/http/client_helpers.hpp"

namespace convert::net {
namespace {

using namespace std::chrono_literals;
using std::chrono::steady_clock;
using test::direct_client;
using test::HttpStubServer;
using test::once;
using test::request_to;
using test::StubConnection;
using test::StubRequest;
using testing::HasSubstr;

void answer_ok(const StubRequest& request, StubConnection& connection) {
  connection.answer(200, request.target);
}

TEST(HttpClient, SendsARequestAsItIs) {
  HttpStubServer server([](const StubRequest&, StubConnection& connection) {
    connection.answer(201, "made", "ETag: \"x\"\r\nX-Empty:\r\nDate: Sun, 06 Nov 1994 08:49:37 GMT\r\n");
  });
  HttpRequest request = request_to(server.url() + "/a%20b/../c//%2F?x=1&y=a%2Fb%20", "PUT");
  const std::string body = "the body";
  request.body = std::as_bytes(std::span(body));
  request.headers.add("X-Amz-Meta", "value  with spaces");
  request.headers.add("X-None", "");
  const auto response = direct_client()->perform(request, once());
  ASSERT_TRUE(response) << response.error().message;
  EXPECT_EQ(response->status, 201);
  EXPECT_TRUE(response->ok());
  EXPECT_EQ(response->body, "made");
  EXPECT_EQ(response->content_length, 4U);
  EXPECT_EQ(response->headers.find("etag"), "\"x\"");
  EXPECT_EQ(response->headers.find("X-Empty"), "");
  EXPECT_FALSE(response->headers.find("Missing"));
  const StubRequest seen = server.requests().at(0);
  EXPECT_EQ(seen.method, "PUT");
  EXPECT_EQ(seen.target, "/a%20b/../c//%2F?x=1&y=a%2Fb%20");
  EXPECT_EQ(seen.body, "the body");
  EXPECT_EQ(seen.header("host"), server.authority());
  EXPECT_EQ(seen.header("x-amz-meta"), "value  with spaces");
  EXPECT_EQ(seen.headers.count("x-none"), 1U);
  EXPECT_EQ(seen.headers.count("expect"), 0U);
  EXPECT_EQ(seen.headers.count("accept-encoding"), 0U);
  EXPECT_EQ(seen.header("user-agent"), "libconvert");
}

TEST(HttpClient, SendsEmptyBodiesWithTheirLength) {
  HttpStubServer server(answer_ok);
  const auto client = direct_client();
  for (const char* const method : {"PUT", "POST"}) {
    ASSERT_TRUE(client->perform(request_to(server.url() + "/a", method), once()));
    EXPECT_EQ(server.requests().back().method, method);
    EXPECT_EQ(server.requests().back().header("content-length"), "0");
  }
  ASSERT_TRUE(client->perform(request_to(server.url() + "/a", "DELETE"), once()));
  EXPECT_EQ(server.requests().back().method, "DELETE");
}

TEST(HttpClient, HeadHasALengthAndNoBody) {
  HttpStubServer server([](const StubRequest&, StubConnection& connection) {
    connection.send("HTTP/1.1 200 OK\r\nContent-Length: 123456789\r\n\r\n");
  });
  const auto client = direct_client();
  for (int i = 0; i < 2; ++i) {
    const auto response = client->perform(request_to(server.url() + "/a", "HEAD"), once());
    ASSERT_TRUE(response) << response.error().message;
    EXPECT_EQ(response->content_length, 123456789U);
    EXPECT_EQ(response->body, "");
  }
  EXPECT_EQ(server.connections(), 1U);
}

TEST(HttpClient, ReusesConnections) {
  HttpStubServer server(answer_ok);
  const auto client = direct_client();
  for (int i = 0; i < 5; ++i) ASSERT_TRUE(client->perform(request_to(server.url() + "/a"), once()));
  EXPECT_EQ(server.connections(), 1U);
}

TEST(HttpClient, ConnectsAgainAfterTheServerClosedAnIdleConnection) {
  HttpStubServer server([](const StubRequest& request, StubConnection& connection) {
    connection.answer(200, request.body);
    connection.close();
  });
  const auto client = direct_client();
  for (int i = 0; i < 5; ++i) {
    const auto response = client->perform(request_to(server.url() + "/a"), once());
    ASSERT_TRUE(response) << response.error().message;
  }
  EXPECT_EQ(server.connections(), 5U);
}

TEST(HttpClient, FollowsNoRedirect) {
  HttpStubServer server([](const StubRequest&, StubConnection& connection) {
    connection.answer(307, "", "Location: /other\r\n");
  });
  const auto response = direct_client()->perform(request_to(server.url() + "/a"), once());
  ASSERT_TRUE(response);
  EXPECT_EQ(response->status, 307);
  EXPECT_EQ(server.requests().size(), 1U);
}

TEST(HttpClient, SkipsInformationalResponses) {
  HttpStubServer server([](const StubRequest&, StubConnection& connection) {
    connection.send("HTTP/1.1 103 Early Hints\r\nX-Early: 1\r\n\r\nHTTP/1.1 100 Continue\r\n\r\n");
    connection.answer(200, "final");
  });
  const auto response = direct_client()->perform(request_to(server.url() + "/a"), once());
  ASSERT_TRUE(response) << response.error().message;
  EXPECT_EQ(response->status, 200);
  EXPECT_FALSE(response->headers.find("X-Early"));
}

TEST(HttpClient, ReadsChunkedBodies) {
  HttpStubServer server([](const StubRequest&, StubConnection& connection) {
    connection.send(
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\nX-T: 1\r\n\r\n");
  });
  const auto response = direct_client()->perform(request_to(server.url() + "/a"), once());
  ASSERT_TRUE(response) << response.error().message;
  EXPECT_EQ(response->body, "abcde");
  EXPECT_FALSE(response->content_length);
  EXPECT_FALSE(response->headers.find("X-T"));
}

TEST(HttpClient, ReportsABodyThatEndsEarly) {
  HttpStubServer server([](const StubRequest& request, StubConnection& connection) {
    connection.send(request.target == "/length"
                        ? "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc"
                        : "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nabc");
    connection.close();
  });
  const auto client = direct_client();
  for (const char* const path : {"/length", "/chunked"}) {
    const auto response = client->perform(request_to(server.url() + path), once());
    ASSERT_FALSE(response) << path;
    EXPECT_EQ(response.error().code, Errc::io);
    EXPECT_TRUE(response.error().retryable);
    EXPECT_THAT(response.error().message, HasSubstr(server.authority()));
  }
}

TEST(HttpClient, BoundsTheBody) {
  HttpStubServer server([](const StubRequest& request, StubConnection& connection) {
    if (request.target == "/length") {
      connection.answer(200, std::string(2000, 'x'));
    } else {
      connection.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
      while (connection.send("400\r\n" + std::string(1024, 'x') + "\r\n")) {
      }
    }
  });
  const auto client = direct_client();
  CallOptions options = once();
  options.max_body = 1999;
  for (const char* const path : {"/length", "/endless"}) {
    const auto response = client->perform(request_to(server.url() + path), options);
    ASSERT_FALSE(response) << path;
    EXPECT_EQ(response.error().code, Errc::limit_exceeded);
  }
  options.max_body = 2000;
  EXPECT_TRUE(client->perform(request_to(server.url() + "/length"), options));
}

TEST(HttpClient, RefusesHeadersThatNeverEnd) {
  HttpStubServer server([](const StubRequest&, StubConnection& connection) {
    connection.send("HTTP/1.1 200 OK\r\n");
    while (connection.send("X-Padding: " + std::string(1000, 'x') + "\r\n")) {
    }
  });
  const auto response = direct_client()->perform(request_to(server.url() + "/a"), once());
  ASSERT_FALSE(response);
  EXPECT_EQ(response.error().code, Errc::io);
}

TEST(HttpClient, RefusesInvalidRequests) {
  HttpStubServer server(answer_ok);
  const auto client = direct_client();
  HttpRequest line_break = request_to(server.url() + "/a");
  line_break.headers.add("X-A", "a\r\nX-B: b");
  HttpRequest bad_name = request_to(server.url() + "/a");
  bad_name.headers.add("X A", "a");
  const HttpRequest bad_method = request_to(server.url() + "/a", "GET / HTTP/1.1");
  HttpRequest bad_scheme = request_to(server.url() + "/a");
  bad_scheme.url.scheme = "ftp";
  for (const HttpRequest& request : {line_break, bad_name, bad_method, bad_scheme}) {
    const auto response = client->perform(request, once());
    ASSERT_FALSE(response);
    EXPECT_EQ(response.error().code, Errc::invalid_argument);
    EXPECT_FALSE(response.error().retryable);
  }
  EXPECT_TRUE(server.requests().empty());
}

TEST(HttpClient, ReportsARefusedConnection) {
  std::string url;
  {
    HttpStubServer server(answer_ok);
    url = server.url();
  }
  const auto response = direct_client()->perform(request_to(url + "/secret?X-Amz-Signature=1"), once());
  ASSERT_FALSE(response);
  EXPECT_EQ(response.error().code, Errc::unavailable);
  EXPECT_TRUE(response.error().retryable);
  EXPECT_THAT(response.error().message, testing::Not(HasSubstr("secret")));
  EXPECT_THAT(response.error().message, testing::Not(HasSubstr("Signature")));
}

TEST(HttpClient, ReportsAnUnknownHost) {
  const auto response = direct_client()->perform(request_to("http://no-such-host.invalid/"), once());
  ASSERT_FALSE(response);
  EXPECT_EQ(response.error().code, Errc::unavailable);
  EXPECT_THAT(response.error().message, HasSubstr("no-such-host.invalid"));
}

TEST(HttpClient, EndsASilentRequestByItsTimeouts) {
  HttpStubServer server([](const StubRequest&, StubConnection& connection) { connection.receive(1); });
  const auto client = direct_client();
  HttpRequest idle = request_to(server.url() + "/a");
  idle.timeouts.idle = 200ms;
  HttpRequest total = request_to(server.url() + "/a");
  total.timeouts.total = 200ms;
  for (const HttpRequest& request : {idle, total}) {
    const auto start = steady_clock::now();
    const auto response = client->perform(request, once());
    ASSERT_FALSE(response);
    EXPECT_EQ(response.error().code, Errc::unavailable);
    EXPECT_TRUE(response.error().retryable);
    EXPECT_LT(steady_clock::now() - start, 5s);
  }
}

TEST(HttpClient, ManyRequestsAtOnce) {
  HttpStubServer server(answer_ok);
  const auto client = direct_client();
  std::vector<std::unique_ptr<HttpExchange>> exchanges;
  for (int i = 0; i < 40; ++i) {
    exchanges.push_back(client->start(request_to(server.url() + "/" + std::to_string(i))));
  }
  for (int i = 0; i < 40; ++i) {
    const auto response = exchanges[static_cast<std::size_t>(i)]->response();
    ASSERT_TRUE(response) << response.error().message;
    EXPECT_EQ(response->body, "/" + std::to_string(i));
  }
}

TEST(HttpClient, ExchangesOutliveIt) {
  HttpStubServer server(answer_ok);
  auto client = direct_client();
  const auto exchange = client->start(request_to(server.url() + "/a"));
  client.reset();
  EXPECT_TRUE(exchange->response());
}

TEST(HttpClient, ChecksTheAddressThatItConnectsTo) {
  HttpStubServer server(answer_ok);
  std::atomic<int> checks = 0;
  HttpClientOptions options;
  options.permit_address = [&](const sockaddr& address) {
    ++checks;
    return address.sa_family == AF_INET &&
           reinterpret_cast<const sockaddr_in&>(address).sin_addr.s_addr != htonl(INADDR_LOOPBACK);
  };
  const auto response = direct_client(options)->perform(request_to(server.url() + "/a"), once());
  ASSERT_FALSE(response);
  EXPECT_EQ(response.error().code, Errc::invalid_argument);
  EXPECT_FALSE(response.error().retryable);
  EXPECT_THAT(response.error().message, HasSubstr("not permitted"));
  EXPECT_GE(checks, 1);
  EXPECT_EQ(server.connections(), 0U);
}

TEST(HttpClient, UsesAProxyUnlessTheRequestBypassesIt) {
  HttpStubServer server(answer_ok);
  HttpStubServer proxy(
      [](const StubRequest&, StubConnection& connection) { connection.answer(200, "proxy"); });
  HttpClientOptions options;
  options.proxy = {ProxyOptions::Source::address, proxy.url()};
  const auto client = direct_client(options);
  HttpRequest request = request_to(server.url() + "/a?b=c");
  EXPECT_EQ(test::must(client->perform(request, once())).body, "proxy");
  EXPECT_EQ(proxy.requests().at(0).target, server.url() + "/a?b=c");
  request.bypass_proxy = true;
  EXPECT_EQ(test::must(client->perform(request, once())).body, "/a?b=c");
  EXPECT_EQ(proxy.requests().size(), 1U);
}

TEST(HttpClient, TunnelsTlsThroughAProxy) {
  HttpStubServer proxy([](const StubRequest&, StubConnection& connection) { connection.answer(403, "no"); });
  HttpClientOptions options;
  options.proxy = {ProxyOptions::Source::address, proxy.url()};
  const auto response = direct_client(options)->perform(request_to("https://bucket.example/a"), once());
  ASSERT_FALSE(response);
  EXPECT_EQ(proxy.requests().at(0).method, "CONNECT");
  EXPECT_EQ(proxy.requests().at(0).target, "bucket.example:443");
}

TEST(HttpClient, RefusesInvalidOptions) {
  HttpClientOptions missing_file;
  missing_file.ca_file = "/nonexistent/ca.pem";
  HttpClientOptions bad_proxy;
  bad_proxy.proxy = {ProxyOptions::Source::address, "host"};
  for (const HttpClientOptions& options : {missing_file, bad_proxy}) {
    const auto client = HttpClient::create(options);
    ASSERT_FALSE(client);
    EXPECT_EQ(client.error().code, Errc::invalid_argument);
  }
}

}  // namespace
}  // namespace convert::net
