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

/// Appends a response header to `out`. Skips fields whose name or value contains control characters, which
/// prevents response splitting.
class ResponseHeadWriter {
 public:
  explicit ResponseHeadWriter(std::string& out) : out_(out) {}

  /// Whether a field is valid: a token as its name, no control characters in its value.
  static bool fits(std::string_view name, std::string_view value) noexcept;

  void status(unsigned status);
  void field(std::string_view name, std::string_view value);
  void field(std::string_view name, std::uint64_t value);
  void end() { out_ += "\r\n"; }

 private:
  std::string& out_;
};

/// Where a response is written.
struct ResponseOutput {
  Transport& transport;
  SocketTransport* socket;  ///< `transport`, if it is a SocketTransport; else null
  BlockingPool& pool;
  std::string& buffer;  ///< reused output buffer
};

/// Sends one response: small ones with one write, files by ContentSender, streams in chunks.
class ResponseWriter {
 public:
  enum class Outcome : std::uint8_t {
    sent,          ///< complete
    disconnected,  ///< the client disconnected or was too slow; the connection is aborted
    failed         ///< the body could not be read; the connection is aborted
  };
  struct Result {
    Outcome outcome = Outcome::sent;
    std::string reason{};  ///< for `failed`
  };

  ResponseWriter(ResponseOutput output, const RequestView& request, std::string_view date)
      : output_(output), request_(request), date_(date) {}

  /// Applies preconditions, ranges and compression. Turns a response with an invalid field into a 500 and
  /// then returns false.
  Async<bool> prepare(Response& response);
  /// Sends a prepared response. `close`: announce that the connection will be closed.
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
