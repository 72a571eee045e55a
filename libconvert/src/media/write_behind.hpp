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

#include "media/pipe.hpp"

namespace convert::media {

/// A Writer whose writes happen in a thread of their own, in order, a bounded distance behind. An error comes
/// out of a later `write_at` or of `commit`, which waits for all writes.
class WriteBehind : public Writer {
 public:
  explicit WriteBehind(std::unique_ptr<Writer> target);
  ~WriteBehind() override;
  WriteBehind(const WriteBehind&) = delete;
  WriteBehind& operator=(const WriteBehind&) = delete;

  bool seekable() const override { return seekable_; }
  Result<void> write_at(std::uint64_t offset, std::span<const std::byte> from) override;
  Result<void> commit() override;

 private:
  struct Block {
    std::uint64_t offset;
    std::vector<std::byte> bytes;
  };
  void write_blocks() noexcept;
  void write_each();
  Result<void> so_far();
  std::vector<std::byte> spare();

  std::unique_ptr<Writer> target_;
  const bool seekable_;
  Pipe<Block> blocks_;
  std::mutex mutex_;
  std::optional<Error> error_;                 // guarded by mutex_
  std::exception_ptr thrown_;                  // likewise
  std::vector<std::vector<std::byte>> spare_;  // guarded by mutex_: buffers to use again
  std::jthread thread_;
};

}  // namespace convert::media
