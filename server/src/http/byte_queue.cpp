// SPDX-License-Identifier: MIT
#include "http/byte_queue.hpp"

#include <boost/asio/post.hpp>
#include <utility>

namespace convert::server::http {

std::shared_ptr<ByteQueue> ByteQueue::make(const asio::any_io_executor& executor, std::size_t capacity) {
  return std::shared_ptr<ByteQueue>(new ByteQueue(executor, capacity));
}

void ByteQueue::tell_reader() {
  if (std::exchange(told_, true)) return;
  asio::post(executor_, [self = shared_from_this()]() {
    {
      const std::lock_guard lock(self->mutex_);
      self->told_ = false;
    }
    self->wake_.call();
  });
}

Result<void> ByteQueue::write(std::span<const std::byte> bytes) {
  std::unique_lock lock(mutex_);
  room_.wait(lock, [&]() { return cut_ || waiting_.empty() || waiting_.size() + bytes.size() <= capacity_; });
  if (cut_) return Error{Errc::cancelled, "Nobody reads the result any more.", false};
  waiting_.append(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  tell_reader();
  return {};
}

void ByteQueue::end() {
  const std::lock_guard lock(mutex_);
  ended_ = true;
  tell_reader();
}

void ByteQueue::fail(Error why) {
  const std::lock_guard lock(mutex_);
  if (ended_ || error_) return;
  error_ = std::move(why);
  tell_reader();
}

void ByteQueue::cut() {
  const std::lock_guard lock(mutex_);
  cut_ = true;
  room_.notify_all();
  tell_reader();
}

/// nullopt: nothing yet.
Result<std::optional<std::string>> ByteQueue::take() {
  const std::lock_guard lock(mutex_);
  if (cut_) return Error{Errc::cancelled, "Nobody reads the result any more.", false};
  if (!waiting_.empty()) {
    room_.notify_all();
    return std::optional(std::exchange(waiting_, {}));
  }
  if (error_) return *error_;
  if (ended_) return std::optional<std::string>("");
  return std::optional<std::string>();
}

Async<Result<std::string_view>> ByteQueue::next() {
  for (;;) {
    Result<std::optional<std::string>> taken = take();
    if (!taken) co_return std::move(taken).error();
    if (*taken) {
      piece_ = std::move(**taken);
      co_return std::string_view(piece_);
    }
    co_await wake_.wait();
  }
}

Async<Result<bool>> ByteQueue::begun() {
  for (;;) {
    {
      const std::lock_guard lock(mutex_);
      if (cut_) co_return Error{Errc::cancelled, "Nobody reads the result any more.", false};
      if (!waiting_.empty()) co_return true;
      if (error_) co_return *error_;
      if (ended_) co_return false;
    }
    co_await wake_.wait();
  }
}

}  // namespace convert::server::http
