// SPDX-License-Identifier: MIT
// A Router mounted in a Beast server.
#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http/read.hpp>
#include <convert/server/mount.hpp>
#include <string>
#include <thread>

#include "http/raw/router_test_server.hpp"
#include "http/support/raw_connection.hpp"

namespace convert::test {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
using asio::ip::tcp;

template <class Stream>
asio::awaitable<void> session(Stream stream, const server::Router& router) {
  server::StreamTransport<Stream> transport(stream);
  beast::flat_buffer buffer(64 << 10);
  for (bool goes_on = true; goes_on;) {
    beast::http::request_parser<beast::http::empty_body> parser;
    parser.body_limit(boost::none);
    boost::system::error_code code;
    auto token = asio::redirect_error(asio::use_awaitable, code);
    co_await beast::http::async_read_header(stream, buffer, parser, token);
    if (code) co_return;
    server::Peer peer{"192.0.2.1", 7, false};
    auto serving = server::serve(router, "/toys", transport, buffer, parser, std::move(peer));
    goes_on = co_await std::move(serving) == server::AfterResponse::keep_alive;
  }
  beast::get_lowest_layer(stream).socket().shutdown(tcp::socket::shutdown_send);
}

asio::awaitable<void> listen(tcp::acceptor& acceptor, const server::Router& router) {
  for (;;) {
    boost::system::error_code code;
    auto token = asio::redirect_error(asio::use_awaitable, code);
    tcp::socket socket = co_await acceptor.async_accept(token);
    if (code) co_return;
    const asio::any_io_executor executor = acceptor.get_executor();
    asio::co_spawn(executor, session(beast::tcp_stream(std::move(socket)), router), asio::detached);
  }
}

class Mounted : public testing::Test {
 protected:
  Mounted() {
    routes.routes(router);
    asio::co_spawn(context, listen(acceptor, router), asio::detached);
    thread = std::thread([this]() { context.run(); });
  }
  ~Mounted() override {
    asio::post(context, [this]() { acceptor.close(); });
    context.stop();
    thread.join();
  }
  std::uint16_t port() const { return acceptor.local_endpoint().port(); }

  TestRoutes routes;
  server::Router router;
  asio::io_context context;
  tcp::acceptor acceptor{context, tcp::endpoint(asio::ip::address_v4::loopback(), 0)};
  std::thread thread;
};

TEST_F(Mounted, ServesBelowItsPrefix) {
  RawConnection wire(port());
  EXPECT_EQ(wire.request("GET /toys/canary HTTP/1.1\r\nHost: h\r\n\r\n").value_or(RawResponse{}).body,
            "canary");
  EXPECT_EQ(wire.request("GET /canary HTTP/1.1\r\nHost: h\r\n\r\n").value_or(RawResponse{}).status, 404);
  EXPECT_EQ(wire.request("GET /toysx HTTP/1.1\r\nHost: h\r\n\r\n").value_or(RawResponse{}).status, 404);
  EXPECT_EQ(wire.request("GET /toys/peer HTTP/1.1\r\nHost: h\r\n\r\n").value_or(RawResponse{}).body,
            "192.0.2.1");
  EXPECT_EQ(wire.request("GET /toys/constant HTTP/1.1\r\nHost: h\r\n\r\n").value_or(RawResponse{}).body,
            "constant");
}

TEST_F(Mounted, DoesNotParseTheBodyOfAnUnknownPathAsARequest) {
  RawConnection wire(port());
  const std::string inner = "GET /toys/canary HTTP/1.1\r\nHost: h\r\n\r\n";
  wire.send("POST /elsewhere HTTP/1.1\r\nHost: h\r\nContent-Length: " + std::to_string(inner.size()) +
            "\r\n\r\n" + inner + "GET /toys/constant HTTP/1.1\r\nHost: h\r\n\r\n");
  const auto elsewhere = wire.read_response();
  ASSERT_TRUE(elsewhere);
  EXPECT_EQ(elsewhere->status, 404);
  const auto next = wire.read_response();
  ASSERT_TRUE(next);
  EXPECT_EQ(next->body, "constant");
  EXPECT_EQ(routes.canary_requests(), 0);
}

TEST_F(Mounted, ServesBodiesFilesAndStreams) {
  RawConnection wire(port());
  const std::string body(100'000, 'b');
  std::string all = "POST /toys/echo HTTP/1.1\r\nHost: h\r\nContent-Length: 100000\r\n\r\n" + body;
  all += "POST /toys/echo HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n";
  all +=
      "POST /toys/nothing HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n";
  all += "GET /toys/source?count=3 HTTP/1.1\r\nHost: h\r\n\r\nGET /toys/file HTTP/1.1\r\nHost: h\r\n\r\n";
  ASSERT_TRUE(wire.send(all));
  EXPECT_EQ(wire.read_response().value_or(RawResponse{}).body, body);
  EXPECT_EQ(wire.read_response().value_or(RawResponse{}).body, "hello");
  EXPECT_EQ(wire.read_response().value_or(RawResponse{}).body, "nothing");
  EXPECT_EQ(wire.read_response().value_or(RawResponse{}).body, "1\n2\n3\n");
  EXPECT_TRUE(wire.read_response().value_or(RawResponse{}).body == routes.file);
}

TEST_F(Mounted, RejectsFramingThatBeastAccepts) {
  const std::string hidden = "GET /toys/canary HTTP/1.1\r\nHost: h\r\n\r\n";
  for (const std::string fields : {"Transfer-Encoding: gzip\r\n", "Content-Length: 5, 5\r\n",
                                   "Content-Length: 5\r\nContent-Length: 5\r\n",
                                   "Transfer-Encoding: gzip\r\nContent-Length: 36\r\n", "Host: h\r\n"}) {
    RawConnection wire(port());
    wire.send("POST /toys/echo HTTP/1.1\r\nHost: h\r\n" + fields + "\r\n" + hidden + hidden);
    const auto response = wire.read_response();
    ASSERT_TRUE(response) << fields;
    EXPECT_GE(response->status, 400) << fields;
    wire.rest();
  }
  EXPECT_EQ(routes.canary_requests(), 0);
}

TEST_F(Mounted, RespondsWhileReading) {
  RawConnection wire(port());
  wire.send("POST /toys/duplex HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n");
  for (int i = 0; i < 5; ++i) {
    wire.send("5\r\nhello\r\n");
    ASSERT_TRUE(wire.read_until("hello").ends_with("hello"));
  }
  wire.send("0\r\n\r\n");
  EXPECT_TRUE(wire.read_until("0\r\n\r\n").ends_with("0\r\n\r\n"));
}

}  // namespace
}  // namespace convert::test
