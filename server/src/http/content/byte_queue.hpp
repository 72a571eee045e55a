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

/// Bytes on their way from a thread, which blocks while enough of them wait, to a coroutine. Each end may
/// leave before the other.
class ByteQueue : public std::enable_shared_from_this<ByteQueue> {
 public:
  /// `executor`: the coroutine's. `capacity`: bytes that may wait; more than that only in one piece.
  static std::shared_ptr<ByteQueue> make(const asio::any_io_executor& executor, std::size_t capacity);

  // --- The thread's end, thread-safe ----------------------------------------------------------------

  /// Waits until there is room. Errors: `cancelled` (the reader has gone).
  Result<void> write(std::span<const std::byte> bytes);
  /// No more will come.
  void end();
  /// No more will come, and what came is not all. What waits is still read before.
  void fail(Error error);

  // --- The coroutine's end, on its executor ---------------------------------------------------------

  /// What came since, which lives until `next` is called again; empty: the end.
  Async<Result<std::string_view>> next();
  /// Waits for the first bytes or the end, and takes nothing. Answers whether there are bytes. Errors: as
  /// given to `fail`, if it came before any bytes.
  Async<Result<bool>> wait_for_data();
  /// The reader goes: writers fail from now on, and `next` too. Thread-safe.
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
  bool notification_pending_ = false;  // guarded by mutex_: a call of the reader is on its way
  std::optional<Error> error_;         // guarded by mutex_
  AsyncEvent event_;                   // on executor_
  std::string piece_;                  // the reader's
};

}  // namespace convert::server::http
