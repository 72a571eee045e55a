// SPDX-License-Identifier: MIT
#include "http/content/byte_queue.hpp"

#include <boost/asio/post.hpp>
#include <utility>

#include "base/try.hpp"

namespace convert::server::http {

std::shared_ptr<ByteQueue> ByteQueue::make(const asio::any_io_executor& executor, std::size_t capacity) {
  return std::shared_ptr<ByteQueue>(new ByteQueue(executor, capacity));
}

void ByteQueue::notify_reader() {
  if (std::exchange(notification_pending_, true)) return;
  asio::post(executor_, [self = shared_from_this()]() {
    {
      const std::lock_guard lock(self->mutex_);
      self->notification_pending_ = false;
    }
    self->event_.set();
  });
}

Result<void> ByteQueue::write(std::span<const std::byte> bytes) {
  std::unique_lock lock(mutex_);
  space_available_.wait(lock, [&]() {
    return reader_closed_ || buffered_.empty() || buffered_.size() + bytes.size() <= capacity_;
  });
  if (reader_closed_) return Error{Errc::cancelled, "The reader closed the queue.", false};
  buffered_.append(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  notify_reader();
  return {};
}

void ByteQueue::end() {
  const std::lock_guard lock(mutex_);
  ended_ = true;
  notify_reader();
}

void ByteQueue::fail(Error error) {
  const std::lock_guard lock(mutex_);
  if (ended_ || error_) return;
  error_ = std::move(error);
  notify_reader();
}

void ByteQueue::close_reader() {
  const std::lock_guard lock(mutex_);
  reader_closed_ = true;
  space_available_.notify_all();
  notify_reader();
}

/// nullopt: no data yet.
Result<std::optional<std::string>> ByteQueue::take() {
  const std::lock_guard lock(mutex_);
  if (reader_closed_) return Error{Errc::cancelled, "The reader closed the queue.", false};
  if (!buffered_.empty()) {
    space_available_.notify_all();
    return std::optional(std::exchange(buffered_, {}));
  }
  if (error_) return *error_;
  if (ended_) return std::optional<std::string>("");
  return std::optional<std::string>();
}

Async<Result<std::string_view>> ByteQueue::next() {
  for (;;) {
    CONVERT_CO_CHECK_ASSIGN(std::optional<std::string> taken, take());
    if (taken) {
      piece_ = *std::move(taken);
      co_return std::string_view(piece_);
    }
    co_await event_.wait();
  }
}

Async<Result<bool>> ByteQueue::wait_for_data() {
  for (;;) {
    {
      const std::lock_guard lock(mutex_);
      if (reader_closed_) co_return Error{Errc::cancelled, "The reader closed the queue.", false};
      if (!buffered_.empty()) co_return true;
      if (error_) co_return *error_;
      if (ended_) co_return false;
    }
    co_await event_.wait();
  }
}

}  // namespace convert::server::http
