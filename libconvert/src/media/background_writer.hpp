// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <exception>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>
#include <vector>

#include <convert/io.hpp>

#include "media/bounded_queue.hpp"

namespace convert::media {

/// A Writer that writes in its own thread, in order, at most a few blocks behind. An error is returned by a
/// later `write_at` or by `commit`, which waits for all writes.
class BackgroundWriter : public Writer {
 public:
  explicit BackgroundWriter(std::unique_ptr<Writer> target);
  ~BackgroundWriter() override;
  BackgroundWriter(const BackgroundWriter&) = delete;
  BackgroundWriter& operator=(const BackgroundWriter&) = delete;

  bool seekable() const override { return seekable_; }
  Result<void> write_at(std::uint64_t offset, std::span<const std::byte> from) override;
  Result<void> commit() override;

 private:
  struct Block {
    std::uint64_t offset;
    std::vector<std::byte> bytes;
  };
  void run_thread() noexcept;
  void write_queued_blocks();
  Result<void> check_error();
  std::vector<std::byte> take_spare_buffer();

  std::unique_ptr<Writer> target_;
  const bool seekable_;
  BoundedQueue<Block> blocks_;
  std::mutex mutex_;
  std::optional<Error> error_;                         // guarded by mutex_
  std::exception_ptr thrown_;                          // guarded by mutex_
  std::vector<std::vector<std::byte>> spare_buffers_;  // guarded by mutex_: buffers to reuse
  std::jthread thread_;
};

}  // namespace convert::media
