// SPDX-License-Identifier: MIT
#pragma once

#include <convert/engine.hpp>
#include <convert/server/http.hpp>
#include <cstddef>
#include <memory>
#include <span>
#include <vector>

#include "http/pool.hpp"

namespace convert::server::api {

/// Writes an Upload in a thread that may block, one piece at a time, while the coroutine that it belongs to
/// receives the next: that is how receiving overlaps hashing and writing. Used by one coroutine, on one
/// executor that runs one thing at a time.
class WriteBehind {
 public:
  using Bytes = std::shared_ptr<const std::vector<std::byte>>;

  WriteBehind(http::Pool& pool, asio::any_io_executor executor);
  WriteBehind(const WriteBehind&) = delete;
  WriteBehind& operator=(const WriteBehind&) = delete;
  /// What is being written goes on to its end, and nobody hears of it.
  ~WriteBehind() = default;

  /// Begins to write `piece`, which lies in `block`, once the piece before is written. Errors: those of that
  /// one.
  Async<Result<void>> write(const std::shared_ptr<Upload>& upload, const Bytes& block,
                            std::span<const std::byte> piece);
  /// Waits until all is written. Errors: those of the last piece.
  Async<Result<void>> settle();
  /// Whether `block` is still needed.
  bool uses(const Bytes& block) const noexcept;

 private:
  struct Work;
  http::Pool& pool_;
  asio::any_io_executor executor_;
  std::shared_ptr<Work> work_;
};

}  // namespace convert::server::api
