// SPDX-License-Identifier: MIT
#pragma once

#include <convert/server/mount.hpp>

#include "http/connection/blocking_pool.hpp"
#include "http/connection/socket_transport.hpp"
#include "http/content/byte_ranges.hpp"

namespace convert::server::http {

/// Sends ranges of a Content: regular files over a TCP socket by sendfile, everything else through a buffer
/// that the pool fills.
class ContentSender {
 public:
  /// `socket` is null if `transport` is not a SocketTransport.
  ContentSender(Transport& transport, SocketTransport* socket, BlockingPool& pool, const Content& content);

  /// Sends the whole range. Errors: those of Reader and Transport.
  Async<Result<void>> send(Range range);

 private:
  Async<Result<void>> send_file(int file, Range range);
  Async<Result<std::size_t>> send_slice(int file, std::uint64_t offset, std::size_t count);
  Async<Result<void>> send_buffered(Range range);

  Transport& transport_;
  SocketTransport* socket_;
  BlockingPool& pool_;
  const Content& content_;
};

}  // namespace convert::server::http
