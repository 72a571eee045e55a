// SPDX-License-Identifier: MIT
#pragma once

#include <condition_variable>
#include <convert/server/http.hpp>
#include <cstddef>
#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "http/connection/async_event.hpp"

namespace convert::server::http {

/// A bounded byte queue from a thread, which blocks while it is full, to a coroutine. Either side may end
/// first.
class ByteQueue : public std::enable_shared_from_this<ByteQueue> {
 public:
  /// `executor` is the coroutine's. `capacity` is the maximum number of buffered bytes; a single larger piece
  /// is accepted.
  static std::shared_ptr<ByteQueue> make(const asio::any_io_executor& executor, std::size_t capacity);

  // --- Writer side, thread-safe ----------------------------------------------------------------------

  /// Blocks until the bytes fit. Errors: `cancelled` (the reader closed the queue).
  Result<void> write(std::span<const std::byte> bytes);
  /// Ends the stream.
  void end();
  /// Ends the stream with an error. Buffered bytes are delivered first.
  void fail(Error error);

  // --- Reader side, on its executor ------------------------------------------------------------------

  /// The bytes written since the last call, valid until the next one; empty at the end.
  Async<Result<std::string_view>> next();
  /// Waits for data or the end without consuming. Returns whether there is data. Errors: the one given to
  /// `fail`, if no data precedes it.
  Async<Result<bool>> wait_for_data();
  /// Closes the queue: later writes and reads fail. Thread-safe.
  void close_reader();

 private:
  ByteQueue(const asio::any_io_executor& executor, std::size_t capacity)
      : executor_(executor), capacity_(capacity), event_(executor) {}
  void notify_reader();
  Result<std::optional<std::string>> take();

  const asio::any_io_executor executor_;
  const std::size_t capacity_;
  std::mutex mutex_;
  std::condition_variable space_available_;
  std::string buffered_;               // guarded by mutex_
  bool ended_ = false;                 // guarded by mutex_
  bool reader_closed_ = false;         // guarded by mutex_
  bool notification_pending_ = false;  // guarded by mutex_
  std::optional<Error> error_;         // guarded by mutex_
  AsyncEvent event_;                   // on executor_
  std::string piece_;                  // returned by `next`
};

}  // namespace convert::server::http
