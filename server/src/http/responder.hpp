// SPDX-License-Identifier: MIT
#pragma once

#include <convert/server/mount.hpp>
#include <string>

#include "http/asked.hpp"
#include "http/head_writer.hpp"
#include "http/pool.hpp"
#include "http/selection.hpp"
#include "http/transport.hpp"

namespace convert::server::http {

/// The way on which an answer goes out.
struct Outlet {
  Transport& transport;
  SocketTransport* socket;  ///< the same, if it is one of ours; else null
  Pool& pool;
  std::string& text;  ///< what is being put together; its memory is used again
};

/// Writes one answer: small ones with one call, files, streams in chunks.
class Responder {
 public:
  enum class Outcome : std::uint8_t {
    sent,   ///< all of it
    gone,   ///< the client did not take it, or not in time, and the connection has been cut
    broken  ///< it can't be completed, and the connection has been cut
  };
  struct Result {
    Outcome outcome = Outcome::sent;
    std::string why{};  ///< of `broken`
  };

  Responder(Outlet outlet, const Asked& asked, std::string_view date)
      : outlet_(outlet), asked_(asked), date_(date) {}

  /// Makes of the answer what the request asks for: 304, 206, compressed. A field that could not be written
  /// makes it a 500; answers whether there was none.
  Async<bool> shape(Response& answer);
  /// After `shape`. `close`: nothing comes after it on this connection.
  Async<Result> send(Response& answer, bool close);

 private:
  bool has_body(const Response& answer) const noexcept;
  void write_head(const Response& answer, bool close);
  Async<Result> send_text(std::string_view text);
  Async<Result> send_content(const Content& content);
  Async<Result> send_source(Source& source);
  Result outcome_of(const convert::Result<void>& written);

  Outlet outlet_;
  const Asked& asked_;
  std::string_view date_;
  Selection selection_{};
};

}  // namespace convert::server::http
