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
  std::string token;                     ///< empty: none is sent
  std::string type;                      ///< Content-Type; empty: there is no body
  std::vector<std::string_view> body{};  ///< its pieces, which live until the answer is there
};

struct Reply {
  unsigned status = 0;      ///< 0: there is none
  std::string error;        ///< then: why
  std::string body;         ///< unless it was dropped
  std::uint64_t bytes = 0;  ///< of the body
  std::optional<std::chrono::seconds> retry_after{};
  bool good() const { return status >= 200 && status < 300; }
};

/// One client's connection: kept alive as long as the server keeps it, made anew when needed. One request at
/// a time.
class HttpClient {
 public:
  enum class Body : std::uint8_t { keep, drop };  ///< drop: thrown away in the kernel, only counted

  HttpClient(asio::io_context& context, asio::ip::tcp::endpoint server)
      : server_(std::move(server)), socket_(context) {}

  Async<Reply> exchange(const Request& request, Body body = Body::keep);
  /// Sends, reads the head, and then drops what comes until the server ends it. Calls nothing: counts.
  Async<Reply> open_stream(const Request& request);
  /// Waits for the end of what `listen` has begun; how many bytes came.
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
  std::string input_;  // received and not used yet
};

/// Waits so long.
Async<void> pause(std::chrono::steady_clock::duration time);

}  // namespace bench
