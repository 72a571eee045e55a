// SPDX-License-Identifier: MIT
#pragma once

#include <convert/server/mount.hpp>

#include "http/connection/blocking_pool.hpp"
#include "http/connection/socket_transport.hpp"
#include "http/content/byte_ranges.hpp"

namespace convert::server::http {

/// Sends bytes of a Content: of a regular file over a plain socket by sendfile, without a copy through this
/// process; else by way of a block of memory that the pool fills.
class ContentSender {
 public:
  /// `socket`: null if `transport` is none of ours.
  ContentSender(Transport& transport, SocketTransport* socket, BlockingPool& pool, const Content& content);

  /// All of them, or an error: of reading as the Reader has it, of writing as the Transport has it.
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
