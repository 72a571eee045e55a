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

/// Serves a Router inside an existing Boost.Beast server. The only public header that includes Beast.
namespace convert::server {

/// A byte stream of one connection. At most one read and one write at a time; both may overlap. All calls
/// happen on the connection's executor.
class Transport {
 public:
  virtual ~Transport() = default;
  /// Waits for at least one byte; returns 0 at the end of the stream. Errors: `io`, `deadline_exceeded`.
  virtual Async<Result<std::size_t>> read_some(std::span<std::byte> into) = 0;
  /// Writes all bytes. Errors: `io` (the client disconnected or accepts no data).
  virtual Async<Result<void>> write(std::string_view bytes) = 0;
  /// Aborts the connection, so that the peer sees an error. Pending and later calls fail.
  virtual void abort() noexcept = 0;
};

/// What happens to the connection after the response.
enum class AfterResponse : std::uint8_t { keep_alive, close };

/// Handles one request whose header was read by `async_read_header` with `skip` off and any body limit.
/// `buffer` holds the bytes received after that header; on return it holds the bytes of the next request.
/// `prefix` is removed from the path ("" removes nothing); a path outside the prefix is answered with 404.
/// Rejects ambiguous body framing that Beast 1.81 accepts. The host remains responsible for timeouts,
/// connection limits, CORS, logs and proxies. All arguments outlive the coroutine, which runs on a strand or
/// on an executor that a single thread runs. `Request::client_disconnected` is requested only when a read or
/// a write fails.
Async<AfterResponse> serve(const Router& router, std::string_view prefix, Transport& transport,
                           boost::beast::flat_buffer& buffer,
                           const boost::beast::http::request_parser<boost::beast::http::empty_body>& parser,
                           Peer peer);

/// A Transport over an Asio stream that outlives it: tcp::socket, beast::tcp_stream, ssl::stream<...>. With
/// `streaming` routes a beast::tcp_stream must have no active timeout, since Beast allows only one timed
/// operation at a time.
template <class Stream>
class StreamTransport final : public Transport {
 public:
  explicit StreamTransport(Stream& stream) : stream_(stream) {}

  Async<Result<std::size_t>> read_some(std::span<std::byte> into) override {
    boost::system::error_code code;
    auto token = asio::redirect_error(asio::use_awaitable, code);
    const std::size_t count = co_await stream_.async_read_some(asio::buffer(into.data(), into.size()), token);
    if (code == asio::error::eof) co_return std::size_t{0};
    if (code) co_return Error{Errc::io, "The client disconnected.", false};
    co_return count;
  }

  Async<Result<void>> write(std::string_view bytes) override {
    boost::system::error_code code;
    auto token = asio::redirect_error(asio::use_awaitable, code);
    co_await asio::async_write(stream_, asio::buffer(bytes.data(), bytes.size()), token);
    if (code) co_return Error{Errc::io, "The client disconnected.", false};
    co_return Result<void>();
  }

  void abort() noexcept override { boost::beast::close_socket(boost::beast::get_lowest_layer(stream_)); }

 private:
  Stream& stream_;
};

}  // namespace convert::server
