// SPDX-License-Identifier: MIT
#include "media/write_behind.hpp"

#include <utility>

namespace convert::media {
namespace {

constexpr std::size_t kBlocks = 4;

}  // namespace

WriteBehind::WriteBehind(std::unique_ptr<Writer> target)
    : target_(std::move(target)),
      seekable_(target_->seekable()),
      blocks_(kBlocks),
      thread_([this] { write_blocks(); }) {}

WriteBehind::~WriteBehind() { blocks_.finish(); }

/// An exception must not end the process: the next `write_at` or `commit` throws it.
void WriteBehind::write_blocks() noexcept {
  try {
    write_each();
  } catch (...) {
    const std::lock_guard lock(mutex_);
    thrown_ = std::current_exception();
  }
  blocks_.close();
}

void WriteBehind::write_each() {
  while (auto block = blocks_.pop()) {
    auto done = target_->write_at(block->offset, block->bytes);
    const std::lock_guard lock(mutex_);
    spare_.push_back(std::move(block->bytes));
    if (!done) {
      error_ = std::move(done).error();
      return;
    }
  }
}

Result<void> WriteBehind::so_far() {
  const std::lock_guard lock(mutex_);
  if (thrown_) std::rethrow_exception(thrown_);
  return error_ ? Result<void>(*error_) : Result<void>();
}

std::vector<std::byte> WriteBehind::spare() {
  const std::lock_guard lock(mutex_);
  if (spare_.empty()) return {};
  std::vector<std::byte> bytes = std::move(spare_.back());
  spare_.pop_back();
  return bytes;
}

Result<void> WriteBehind::write_at(std::uint64_t offset, std::span<const std::byte> from) {
  std::vector<std::byte> bytes = spare();
  bytes.assign(from.begin(), from.end());
  blocks_.push({offset, std::move(bytes)});  // refused only after an error
  return so_far();
}

Result<void> WriteBehind::commit() {
  blocks_.finish();
  thread_.join();
  if (auto done = so_far(); !done) return done;
  return target_->commit();
}

}  // namespace convert::media
