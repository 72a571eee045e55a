// SPDX-License-Identifier: MIT
#pragma once

#include <convert/server/mount.hpp>
#include <cstdint>
#include <string>
#include <string_view>

#include "http/connection/blocking_pool.hpp"
#include "http/connection/socket_transport.hpp"
#include "http/content/range_selection.hpp"
#include "http/message/http_message.hpp"

namespace convert::server::http {

/// Writes the header of an answer behind what `out` has. Names and values that could end their line, and so
/// say what nobody meant, are left out.
class ResponseHeadWriter {
 public:
  explicit ResponseHeadWriter(std::string& out) : out_(out) {}

  /// Whether a field can be written: it has a name, and no control character.
  static bool fits(std::string_view name, std::string_view value) noexcept;

  void status(unsigned status);
  void field(std::string_view name, std::string_view value);
  void field(std::string_view name, std::uint64_t value);
  void end() { out_ += "\r\n"; }

 private:
  std::string& out_;
};

/// The way on which an answer goes out.
struct ResponseOutput {
  Transport& transport;
  SocketTransport* socket;  ///< the same, if it is one of ours; else null
  BlockingPool& pool;
  std::string& buffer;  ///< what is being put together; its memory is used again
};

/// Writes one answer: small ones with one call, files, streams in chunks.
class ResponseWriter {
 public:
  enum class Outcome : std::uint8_t {
    sent,          ///< all of it
    disconnected,  ///< the client did not take it, or not in time, and the connection has been cut
    failed         ///< it can't be completed, and the connection has been cut
  };
  struct Result {
    Outcome outcome = Outcome::sent;
    std::string reason{};  ///< of `failed`
  };

  ResponseWriter(ResponseOutput output, const RequestView& request, std::string_view date)
      : output_(output), request_(request), date_(date) {}

  /// Makes of the answer what the request asks for: 304, 206, compressed. A field that could not be written
  /// makes it a 500; answers whether there was none.
  Async<bool> prepare(Response& response);
  /// After `prepare`. `close`: nothing comes after it on this connection.
  Async<Result> send(Response& response, bool close);

 private:
  bool has_body(const Response& response) const noexcept;
  void write_head(const Response& response, bool close);
  Async<Result> send_text(std::string_view text);
  Async<Result> send_content(const Content& content);
  Async<Result> send_stream(ResponseStream& source);
  Result to_result(const convert::Result<void>& written);

  ResponseOutput output_;
  const RequestView& request_;
  std::string_view date_;
  RangeSelection selection_{};
};

}  // namespace convert::server::http
