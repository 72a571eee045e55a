// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <stop_token>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>

#include <convert/io.hpp>
#include <convert/job.hpp>
#include <convert/result.hpp>
#include <convert/server/field.hpp>

/// Requests and responses as handlers see them.
namespace convert::server {

namespace asio = boost::asio;

struct RouteOptions;

/// A coroutine on the executor of its connection. It starts when it is awaited. It must not block: that would
/// stall the other connections of the same thread.
template <class T>
using Async = asio::awaitable<T>;

/// The client's address, as rate limits use it. Behind a trusted proxy: the client that the proxy names.
struct Peer {
  std::string address;  ///< text without port and brackets
  std::uint16_t port = 0;
  bool rate_limit_exempt = false;  ///< exempt from limits per address
};

/// The authenticated account that a request acts for.
struct Identity {
  enum class Credential : std::uint8_t {
    token,
    key,
    link,  ///< a signed link: may read `only_task` and nothing else
    host   ///< authenticated by the program that embeds the server
  } credential = Credential::host;
  std::string account;  ///< opaque id; owner of the account's jobs
  std::string name;     ///< display name
  bool admin = false;
  std::optional<JobId> only_task{};
};

/// The body of a request. Reading is lazy: unread bytes stay in the socket and TCP flow control stops the
/// client. One read at a time, on the connection's executor. After the response the server drops a short
/// unread rest, or closes the connection.
class Body {
 public:
  virtual ~Body() = default;

  /// Content-Length in bytes; 0 without a body; nullopt if the body is chunked.
  virtual std::optional<std::uint64_t> length() const noexcept = 0;

  /// Number of bytes returned by `read` so far.
  virtual std::uint64_t received() const noexcept = 0;

  /// Waits for at least one byte and returns the number of bytes read; 0 at the end of the body. Sends
  /// "100 Continue" first if the client expects it. `into` must not be empty. Errors are final: `io` (the
  /// client disconnected), `limit_exceeded` (RouteOptions::max_body_bytes), `deadline_exceeded` (the client
  /// is too slow), `invalid_argument` (malformed chunks), `cancelled` (the response is complete).
  virtual Async<Result<std::size_t>> read(std::span<std::byte> into) = 0;
};

/// An HTTP request. The Request and its views live until the handler has returned its response.
struct Request {
  Method method = Method::other;  ///< HEAD goes to the handler of GET and stays `head` here
  std::string path;               ///< decoded, without the prefix of a mount; begins with "/"
  std::string_view query{};       ///< as received, without "?"
  std::span<const FieldView> fields{};
  std::vector<Field> path_parameters{};   ///< decoded parameters of the route's pattern
  const RouteOptions* options = nullptr;  ///< options of the route; never null in handlers and middleware
  std::string id;                         ///< request id, repeated in log lines and in the response
  Peer peer{};
  std::optional<Identity> identity{};
  /// Never null in a handler. May outlive the handler: in a `streaming` route another coroutine may read on
  /// while the response is sent. Reads fail with `cancelled` once the response is complete.
  std::shared_ptr<Body> body{};
  asio::any_io_executor executor{};  ///< executor of the connection
  /// Stop is requested when the server shuts down: handlers should finish soon. Callbacks run in the thread
  /// that stops the server.
  std::stop_token server_stopping{};
  /// For `streaming` routes: stop is requested when the client disconnects, and when the response is complete
  /// or aborted. Callbacks run on the connection's executor.
  std::stop_token client_disconnected{};

  /// Value of the first header field with that name (case-insensitive).
  std::optional<std::string_view> field(std::string_view name) const noexcept;
  /// Value of the path segment that matched "{name}".
  std::optional<std::string_view> path_parameter(std::string_view name) const noexcept;
  /// Decoded value of the first query parameter with that name.
  std::optional<std::string> query_parameter(std::string_view name) const;
};

/// A response body of unknown length, sent in pieces. Destroyed on the connection's executor, never while
/// `next` runs. A `next` that may wait for long has to return when `Request::client_disconnected` is
/// requested.
class ResponseStream {
 public:
  virtual ~ResponseStream() = default;

  /// The next piece, valid until the following call; empty at the end. An error aborts the connection, so
  /// that the client sees an incomplete response.
  virtual Async<Result<std::string_view>> next() = 0;
};

/// A response body of known length, read from a file or blob. The server handles Range requests on it, and
/// uses sendfile if the Reader has the descriptor of a regular file. The handler sets ETag, Last-Modified and
/// Content-Type.
struct Content {
  std::shared_ptr<Reader> reader;  ///< must be seekable
  std::uint64_t size = 0;
};

/// An HTTP response. For a 200 to GET or HEAD with an ETag or a Last-Modified field the server evaluates the
/// request's preconditions (RFC 9110, 13); for a Content it also applies Range. JSON is compressed if the
/// client accepts gzip and Cache-Control does not contain "no-store".
struct Response {
  unsigned status = 200;
  /// Header fields. The server adds Date, Content-Length, Transfer-Encoding and Connection itself. A control
  /// character in a field turns the response into a 500.
  std::vector<Field> fields{};
  std::variant<std::string, std::shared_ptr<const std::string>, Content, std::unique_ptr<ResponseStream>>
      body{};
  bool close = false;  ///< close the connection after this response
  /// Internal cause of an error response. Goes to the log, never to the client.
  std::string cause{};

  /// Adds a field.
  Response& with(std::string_view name, std::string_view value) &;
  Response with(std::string_view name, std::string_view value) &&;
};

/// A response with `text` as an application/json body. Thread-safe.
Response json_response(unsigned status, std::string text);

/// A problem document (RFC 9457). `code` is stable and meant for programs; `detail` is a sentence for people.
/// The member "error" repeats `detail` for older clients. Thread-safe.
Response problem_response(unsigned status, std::string_view code, std::string_view detail);

}  // namespace convert::server
