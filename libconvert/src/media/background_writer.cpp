// SPDX-License-Identifier: MIT
#include "media/background_writer.hpp"

#include <utility>

#include "base/try.hpp"

namespace convert::media {
namespace {

constexpr std::size_t kMaxQueuedBlocks = 4;

}  // namespace

BackgroundWriter::BackgroundWriter(std::unique_ptr<Writer> target)
    : target_(std::move(target)),
      seekable_(target_->seekable()),
      blocks_(kMaxQueuedBlocks),
      thread_([this] { run_thread(); }) {}

BackgroundWriter::~BackgroundWriter() { blocks_.finish(); }

/// Exceptions must not leave the thread: the next `write_at` or `commit` rethrows them.
void BackgroundWriter::run_thread() noexcept {
  try {
    write_queued_blocks();
  } catch (...) {
    const std::lock_guard lock(mutex_);
    thrown_ = std::current_exception();
  }
  blocks_.close();
}

void BackgroundWriter::write_queued_blocks() {
  while (auto block = blocks_.pop()) {
    auto done = target_->write_at(block->offset, block->bytes);
    const std::lock_guard lock(mutex_);
    spare_buffers_.push_back(std::move(block->bytes));
    if (!done) {
      error_ = std::move(done).error();
      return;
    }
  }
}

Result<void> BackgroundWriter::check_error() {
  const std::lock_guard lock(mutex_);
  if (thrown_) std::rethrow_exception(thrown_);
  return error_ ? Result<void>(*error_) : Result<void>();
}

std::vector<std::byte> BackgroundWriter::take_spare_buffer() {
  const std::lock_guard lock(mutex_);
  if (spare_buffers_.empty()) return {};
  std::vector<std::byte> bytes = std::move(spare_buffers_.back());
  spare_buffers_.pop_back();
  return bytes;
}

Result<void> BackgroundWriter::write_at(std::uint64_t offset, std::span<const std::byte> from) {
  std::vector<std::byte> bytes = take_spare_buffer();
  bytes.assign(from.begin(), from.end());
  blocks_.push({offset, std::move(bytes)});  // returns false only after an error
  return check_error();
}

Result<void> BackgroundWriter::commit() {
  blocks_.finish();
  thread_.join();
  CONVERT_TRY(check_error());
  return target_->commit();
}

}  // namespace convert::media
