// SPDX-License-Identifier: MIT
#pragma once
#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <convert/io.hpp>
#include <convert/job.hpp>
#include <convert/result.hpp>
#include <convert/server/field.hpp>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>
namespace convert::server {
namespace asio = boost::asio;
/// A coroutine on the executor of its connection. Started by awaiting it; destroyed unawaited it does
/// nothing.
template <class T>
using Async = asio::awaitable<T>;
/// Who is at the other end, as rate limits see it: behind a trusted proxy, the client that it names.
struct Peer {
  std::string address;
  std::uint16_t port = 0;
  bool exempt = false;
};
/// On whose behalf a request acts. A `link` reads one task and nothing else.
struct Identity {
  enum class By : std::uint8_t { token, key, link, host } by = By::host;
  std::string account;  ///< opaque; the owner of its jobs
  std::string name;     ///< for people
  bool admin = false;
  std::optional<JobId> only_task{};
};
/// The body of a request, read as the handler asks for it: what is not read stays in the socket, and the
/// client waits. One read at a time. Errors are final: `io` (the client has gone), `limit_exceeded` (the
/// route's limit), `deadline_exceeded` (too slow), `invalid_argument` (bad chunks). What a handler leaves
/// unread is drained or the connection is closed.
class Body {
 public:
  virtual ~Body() = default;
  virtual std::optional<std::uint64_t> length()
      const noexcept = 0;  ///< Content-Length; 0 if there is no body
  virtual std::uint64_t received() const noexcept = 0;
  virtual Async<Result<std::size_t>> read(
      std::span<std::byte> into) = 0;  ///< 0: the end. Sends 100 Continue when awaited for
};
/// Views live until the handler has returned its answer.
struct Request {
  Method method = Method::other;
  std::string path;        ///< decoded, below the prefix of a mount; begins with "/"
  std::string_view query;  ///< as received, without "?"
  std::span<const FieldView> fields{};
  std::vector<Field> parameters{};  ///< of the route's pattern, decoded
  std::string id;                   ///< of the request: in every log line and answer
  Peer peer{};
  std::optional<Identity> identity{};
  Body* body = nullptr;  ///< never null in a handler
  asio::any_io_executor executor{};
  bool closing = false;  ///< the server stops: finish soon
  std::optional<std::string_view> field(
      std::string_view name) const noexcept;  ///< the first of that name, any case
  std::optional<std::string_view> parameter(std::string_view name) const noexcept;
  std::optional<std::string> argument(std::string_view name) const;  ///< of the query, decoded
};
/// Bytes of unknown number. `next` gives a piece that lives until it is called again; empty: the end. An
/// error cuts the connection, so that no client takes the part for the whole. Destroyed when the client has
/// gone.
class Source {
 public:
  virtual ~Source() = default;
  virtual Async<Result<std::string_view>> next() = 0;
};
/// All bytes of a file or blob: ranges and conditions are answered from it, by sendfile where it has a
/// descriptor of a regular file.
struct Content {
  std::shared_ptr<Reader> bytes;
  std::uint64_t size = 0;
};
struct Response {
  unsigned status = 200;
  std::vector<Field> fields{};  ///< without those that the server writes: Date, Content-Length,
                                ///< Transfer-Encoding, Connection
  std::variant<std::string, std::shared_ptr<const std::string>, Content, std::unique_ptr<Source>> body{};
  bool close = false;
  Response& with(std::string_view name, std::string_view value) &;
  Response with(std::string_view name, std::string_view value) &&;
};
Response json(unsigned status, std::string text);
/// RFC 9457, and the member "error". `code` is stable, for programs; `detail` a sentence for people.
Response problem(unsigned status, std::string_view code, std::string_view detail);
}  // namespace convert::server
