// SPDX-License-Identifier: MIT
#pragma once

#include <array>
#include <cstddef>
#include <memory>
#include <span>
#include <string_view>

namespace convert::server::http {

/// Received bytes of a connection that are not consumed yet. Small amounts are stored inline, so that idle
/// connections need no heap memory.
class InputBuffer {
 public:
  InputBuffer() = default;
  InputBuffer(const InputBuffer&) = delete;
  InputBuffer& operator=(const InputBuffer&) = delete;

  std::span<std::byte> bytes() noexcept { return {data() + start_, end_ - start_}; }
  std::string_view text() const noexcept {
    return {reinterpret_cast<const char*>(data() + start_), end_ - start_};
  }
  std::size_t size() const noexcept { return end_ - start_; }
  bool empty() const noexcept { return start_ == end_; }

  /// Space for more bytes: at least one, and at most as many as make `max_bytes` in total. Invalidates the
  /// results of `bytes` and `text`.
  std::span<std::byte> prepare(std::size_t max_bytes);
  void commit(std::size_t count) noexcept { end_ += count; }
  void consume(std::size_t count) noexcept { start_ += count; }
  void append(std::span<const std::byte> more);

  /// Releases heap memory if the buffer is empty.
  void shrink() noexcept;

 private:
  static constexpr std::size_t kInlineBytes = 512;
  static constexpr std::size_t kInitialHeapBytes = 4'096;
  const std::byte* data() const noexcept { return heap_ ? heap_.get() : inline_.data(); }
  std::byte* data() noexcept { return heap_ ? heap_.get() : inline_.data(); }
  std::size_t capacity() const noexcept { return heap_ ? capacity_ : kInlineBytes; }
  void ensure_space();

  std::array<std::byte, kInlineBytes> inline_;
  std::unique_ptr<std::byte[]> heap_;
  std::size_t capacity_ = 0;  // of heap_
  std::size_t start_ = 0;
  std::size_t end_ = 0;
};

}  // namespace convert::server::http
