// SPDX-License-Identifier: MIT
#pragma once

#include <convert/engine.hpp>
#include <convert/server/http.hpp>
#include <cstddef>
#include <memory>
#include <span>
#include <vector>

#include "http/connection/blocking_pool.hpp"

namespace convert::server::api {

/// Writes an Upload in a thread that may block, one piece at a time, while the coroutine that it belongs to
/// receives the next: that is how receiving overlaps hashing and writing. Used by one coroutine, on one
/// executor that runs one thing at a time.
class AsyncUploadWriter {
 public:
  using Bytes = std::shared_ptr<const std::vector<std::byte>>;

  AsyncUploadWriter(http::BlockingPool& pool, asio::any_io_executor executor);
  AsyncUploadWriter(const AsyncUploadWriter&) = delete;
  AsyncUploadWriter& operator=(const AsyncUploadWriter&) = delete;
  /// What is being written goes on to its end, and nobody hears of it.
  ~AsyncUploadWriter() = default;

  /// Begins to write `piece`, which lies in `block`, once the piece before is written. Errors: those of that
  /// one.
  Async<Result<void>> write(const std::shared_ptr<Upload>& upload, const Bytes& block,
                            std::span<const std::byte> piece);
  /// Waits until all is written. Errors: those of the last piece.
  Async<Result<void>> flush();
  /// Whether `block` is still needed.
  bool uses(const Bytes& block) const noexcept;

 private:
  struct PendingWrite;
  http::BlockingPool& pool_;
  asio::any_io_executor executor_;
  std::shared_ptr<PendingWrite> pending_;
};

}  // namespace convert::server::api
