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

/// Requests and answers, as handlers see them.
namespace convert::server {

namespace asio = boost::asio;

struct RouteOptions;

/// A coroutine on the executor of its connection. Started by awaiting it; destroyed unawaited it does
/// nothing. Never block in one: the other connections of its thread would wait.
template <class T>
using Async = asio::awaitable<T>;

/// Who is at the other end, as rate limits see it: behind a trusted proxy, the client that it names.
struct Peer {
  std::string address;  ///< as text, without a port or brackets
  std::uint16_t port = 0;
  bool rate_limit_exempt = false;  ///< from limits by address
};

/// On whose behalf a request acts.
struct Identity {
  enum class Credential : std::uint8_t {
    token,
    key,
    link,  ///< reads `only_task` and nothing else
    host   ///< whoever embeds the server has said so
  } credential = Credential::host;
  std::string account;  ///< opaque; the owner of its jobs
  std::string name;     ///< for people
  bool admin = false;
  std::optional<JobId> only_task{};
};

/// The body of a request, read as it is asked for: what is not read stays in the socket, and the client
/// waits. One read at a time, on the connection's executor. What nobody reads is dropped, or the connection
/// closed.
class Body {
 public:
  virtual ~Body() = default;

  /// Content-Length; 0: there is no body; nullopt: chunked.
  virtual std::optional<std::uint64_t> length() const noexcept = 0;

  /// Bytes that `read` has given so far.
  virtual std::uint64_t received() const noexcept = 0;

  /// Waits for some bytes; 0: the end. Sends "100 Continue" first if the client waits for it. `into` is not
  /// empty. Errors are final: `io` (the client has gone), `limit_exceeded` (RouteOptions::max_body_bytes),
  /// `deadline_exceeded` (too slow), `invalid_argument` (bad chunks), `cancelled` (the answer is complete).
  virtual Async<Result<std::size_t>> read(std::span<std::byte> into) = 0;
};

/// What a client asks. Views live until the handler has returned its answer; so does the Request.
struct Request {
  Method method = Method::other;  ///< HEAD is asked as such, of the handler for GET
  std::string path;               ///< decoded, below the prefix of a mount; begins with "/"
  std::string_view query{};       ///< as received, without "?"
  std::span<const FieldView> fields{};
  std::vector<Field> path_parameters{};   ///< of the route's pattern, decoded
  const RouteOptions* options = nullptr;  ///< of the route; never null in a handler or middleware
  std::string id;                         ///< of the request: in every log line and answer
  Peer peer{};
  std::optional<Identity> identity{};
  /// Never null in a handler. May be kept: by a coroutine that goes on reading while a `streams` route is
  /// answered. When the answer is complete, its reads fail with `cancelled`.
  std::shared_ptr<Body> body{};
  asio::any_io_executor executor{};  ///< the connection's
  /// Requested when the server stops: finish soon. Callbacks run in the thread that stops the server.
  std::stop_token server_stopping{};
  /// Requested when the client of a `streams` route has gone, and when its answer is complete or cut.
  /// Callbacks run on the connection's executor.
  std::stop_token client_disconnected{};

  /// The first field of that name, in any case.
  std::optional<std::string_view> field(std::string_view name) const noexcept;
  /// What the path has for "{name}".
  std::optional<std::string_view> path_parameter(std::string_view name) const noexcept;
  /// Of the query, decoded; the first of that name.
  std::optional<std::string> query_parameter(std::string_view name) const;
};

/// Bytes of unknown number, as an answer. Destroyed on the connection's executor, never while `next` is
/// under way: one that can wait for long has to return when `Request::gone` is requested.
class ResponseStream {
 public:
  virtual ~ResponseStream() = default;

  /// A piece, which lives until `next` is called again; empty: the end. An error cuts the connection, so
  /// that no client takes the part for the whole.
  virtual Async<Result<std::string_view>> next() = 0;
};

/// All bytes of a file or blob. Ranges are answered from it, by sendfile where it has the descriptor of a
/// regular file. Say what it is by the fields ETag, Last-Modified and Content-Type.
struct Content {
  std::shared_ptr<Reader> reader;  ///< seekable
  std::uint64_t size = 0;
};

/// What a client is answered. Conditions (RFC 9110, 13) are checked by the server, for a 200 to GET or HEAD
/// that has an ETag or a Last-Modified; so are ranges of a Content. JSON is compressed if the client likes
/// it, unless Cache-Control says "no-store".
struct Response {
  unsigned status = 200;
  /// Without those that the server writes: Date, Content-Length, Transfer-Encoding, Connection.
  /// A control character in one of them makes the answer a 500.
  std::vector<Field> fields{};
  std::variant<std::string, std::shared_ptr<const std::string>, Content, std::unique_ptr<ResponseStream>>
      body{};
  bool close = false;  ///< the connection, after this answer
  /// For the log alone: what has gone wrong, where clients are only told that something has.
  std::string cause{};

  /// Adds a field.
  Response& with(std::string_view name, std::string_view value) &;
  Response with(std::string_view name, std::string_view value) &&;
};

/// An answer in JSON. Thread-safe.
Response json_response(unsigned status, std::string text);

/// A problem document (RFC 9457) with the member "error", which older clients read. `code` is stable, for
/// programs; `detail` a sentence for people. Thread-safe.
Response problem_response(unsigned status, std::string_view code, std::string_view detail);

}  // namespace convert::server
