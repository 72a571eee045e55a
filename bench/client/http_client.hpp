// SPDX-License-Identifier: MIT
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace bench {

namespace asio = boost::asio;
template <class T>
using Async = asio::awaitable<T>;

struct Request {
  std::string method;
  std::string path;
  std::string token;                     ///< bearer token; empty: none
  std::string type;                      ///< Content-Type; empty: no body
  std::vector<std::string_view> body{};  ///< in pieces; must live until the response arrives
};

struct Reply {
  unsigned status = 0;      ///< 0: no response; see `error`
  std::string error;        ///< why there is no response
  std::string body;         ///< empty if discarded
  std::uint64_t bytes = 0;  ///< size of the body
  std::optional<std::chrono::seconds> retry_after{};
  bool good() const { return status >= 200 && status < 300; }
};

/// A keep-alive connection, reopened when the server has closed it. One request at a time.
class HttpClient {
 public:
  enum class Body : std::uint8_t { keep, drop };  ///< drop: discarded in the kernel and counted

  HttpClient(asio::io_context& context, asio::ip::tcp::endpoint server)
      : server_(std::move(server)), socket_(context) {}

  Async<Reply> exchange(const Request& request, Body body = Body::keep);
  /// Sends a request and reads the head of the response; `drain` reads the body.
  Async<Reply> open_stream(const Request& request);
  /// Reads the body of `open_stream` until the server ends it. Returns the number of bytes.
  Async<std::uint64_t> drain();
  void close();

 private:
  struct Head {
    unsigned status = 0;
    std::optional<std::uint64_t> length{};
    std::optional<std::chrono::seconds> retry_after{};
    bool chunked = false;
    bool closes = false;
  };
  Async<bool> connect();
  Async<bool> send(const Request& request);
  Async<std::optional<Head>> head();
  Async<bool> receive_more();
  Async<Reply> exchange_once(const Request& request, Body body);
  Async<bool> read_body(const Head& head, Reply& reply);
  Async<bool> discard_body(const Head& head, Reply& reply);
  static Head parse_head(std::string_view text);

  asio::ip::tcp::endpoint server_;
  asio::ip::tcp::socket socket_;
  std::string input_;  // received and not yet parsed
};

/// Sleeps.
Async<void> pause(std::chrono::steady_clock::duration time);

}  // namespace bench
