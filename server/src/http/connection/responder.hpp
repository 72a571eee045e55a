// SPDX-License-Identifier: MIT
#pragma once

#include <convert/server/mount.hpp>
#include <string>

#include "http/message/http_message.hpp"
#include "http/connection/response_writer.hpp"
#include "http/connection/blocking_pool.hpp"
#include "http/content/selection.hpp"
#include "http/connection/socket_transport.hpp"

namespace convert::server::http {

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
