// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include <boost/asio/buffer.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/stream_traits.hpp>
#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/parser.hpp>

#include <convert/server/router.hpp>

/// A Router inside a Beast server that has connections of its own. The only header that holds Beast.
namespace convert::server {

/// The bytes of one connection. One read and one write at a time, both at once; on the connection's executor.
class Transport {
 public:
  virtual ~Transport() = default;
  /// Waits for some bytes; 0: the client said no more. Errors: `io`, `deadline_exceeded`.
  virtual Async<Result<std::size_t>> read_some(std::span<std::byte> into) = 0;
  /// All of them. Errors: `io` (the client has gone, or takes nothing).
  virtual Async<Result<void>> write(std::string_view bytes) = 0;
  /// Ends it visibly broken; what waits fails, and so does whatever is asked afterwards.
  virtual void abort() noexcept = 0;
};

/// What becomes of a connection when a request has been answered.
enum class AfterResponse : std::uint8_t { keep_alive, close };

/// Answers one request whose header was read by `async_read_header` with `skip` off and any body limit;
/// `buffer` holds what came after it, and afterwards what belongs to the next request. `prefix` is taken off
/// the path ("" takes nothing; a path that is not below it is 404). Refuses what Beast 1.81 lets pass where
/// bodies are told apart. Timeouts, numbers of connections, CORS, logs and who is behind a proxy are the
/// host's to look after. All arguments outlive the coroutine; it runs on a strand, or on an executor that a
/// single thread runs. `gone` is not told for other reasons than that reading or writing failed.
Async<AfterResponse> serve(const Router& router, std::string_view prefix, Transport& transport,
                           boost::beast::flat_buffer& buffer,
                           const boost::beast::http::request_parser<boost::beast::http::empty_body>& parser,
                           Peer peer);

/// A Transport over an Asio stream that outlives it: tcp::socket, beast::tcp_stream, ssl::stream<...>. A
/// beast::tcp_stream must have no timeout running where a `streams` route is served (Beast allows it one of
/// two operations only).
template <class Stream>
class StreamTransport final : public Transport {
 public:
  explicit StreamTransport(Stream& stream) : stream_(stream) {}

  Async<Result<std::size_t>> read_some(std::span<std::byte> into) override {
    boost::system::error_code code;
    auto token = asio::redirect_error(asio::use_awaitable, code);
    const std::size_t count = co_await stream_.async_read_some(asio::buffer(into.data(), into.size()), token);
    if (code == asio::error::eof) co_return std::size_t{0};
    if (code) co_return Error{Errc::io, "The client has gone.", false};
    co_return count;
  }

  Async<Result<void>> write(std::string_view bytes) override {
    boost::system::error_code code;
    auto token = asio::redirect_error(asio::use_awaitable, code);
    co_await asio::async_write(stream_, asio::buffer(bytes.data(), bytes.size()), token);
    if (code) co_return Error{Errc::io, "The client has gone.", false};
    co_return Result<void>();
  }

  void abort() noexcept override { boost::beast::close_socket(boost::beast::get_lowest_layer(stream_)); }

 private:
  Stream& stream_;
};

}  // namespace convert::server
