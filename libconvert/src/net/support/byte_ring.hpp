// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <span>
#include <vector>

namespace convert::net {

/// A queue of bytes that grows up to what is put into it and keeps its memory. Not synchronised.
class ByteRing {
 public:
  std::size_t size() const { return size_; }
  bool empty() const { return size_ == 0; }

  void push(std::span<const std::byte> bytes) {
    if (bytes.empty()) return;
    reserve(size_ + bytes.size());
    const std::size_t end = (start_ + size_) % memory_.size();
    const std::size_t first = std::min(bytes.size(), memory_.size() - end);
    std::memcpy(memory_.data() + end, bytes.data(), first);
    if (first < bytes.size()) std::memcpy(memory_.data(), bytes.data() + first, bytes.size() - first);
    size_ += bytes.size();
  }

  /// Moves up to `into.size()` bytes from the front.
  std::size_t pop(std::span<std::byte> into) {
    const std::size_t count = std::min(into.size(), size_);
    if (count == 0) return 0;
    const std::size_t first = std::min(count, memory_.size() - start_);
    std::memcpy(into.data(), memory_.data() + start_, first);
    if (first < count) std::memcpy(into.data() + first, memory_.data(), count - first);
    size_ -= count;
    start_ = size_ == 0 ? 0 : (start_ + count) % memory_.size();
    return count;
  }

 private:
  void reserve(std::size_t size) {
    if (size <= memory_.size()) return;
    std::vector<std::byte> larger(std::max(size, 2 * memory_.size()));
    const std::size_t count = pop(larger);
    memory_ = std::move(larger);
    start_ = 0;
    size_ = count;
  }

  std::vector<std::byte> memory_;
  std::size_t start_ = 0;
  std::size_t size_ = 0;
};

}  // namespace convert::net
