// SPDX-License-Identifier: MIT
#pragma once

#include <array>
#include <cstddef>
#include <memory>
#include <span>
#include <string_view>

namespace convert::server::http {

/// The bytes of a connection that have come and are not consumed yet. Small ones lie in the buffer itself:
/// thousands of idle connections cost no memory of their own beside it.
class InputBuffer {
 public:
  InputBuffer() = default;
  InputBuffer(const InputBuffer&) = delete;
  InputBuffer& operator=(const InputBuffer&) = delete;

  std::span<std::byte> bytes() noexcept { return {data() + begin_, end_ - begin_}; }
  std::string_view text() const noexcept {
    return {reinterpret_cast<const char*>(data() + begin_), end_ - begin_};
  }
  std::size_t size() const noexcept { return end_ - begin_; }
  bool empty() const noexcept { return begin_ == end_; }

  /// Where further bytes go: at least one, and no more than makes `most` in all. What `bytes` and `text` have
  /// answered becomes void.
  std::span<std::byte> room(std::size_t most);
  void filled(std::size_t count) noexcept { end_ += count; }
  void consume(std::size_t count) noexcept { begin_ += count; }
  void append(std::span<const std::byte> more);

  /// Gives large memory back, if nothing is in it.
  void release() noexcept;

 private:
  static constexpr std::size_t kSmall = 512;
  static constexpr std::size_t kFirst = 4'096;
  const std::byte* data() const noexcept { return large_ ? large_.get() : small_.data(); }
  std::byte* data() noexcept { return large_ ? large_.get() : small_.data(); }
  std::size_t capacity() const noexcept { return large_ ? capacity_ : kSmall; }
  void make_room();

  std::array<std::byte, kSmall> small_;
  std::unique_ptr<std::byte[]> large_;
  std::size_t capacity_ = 0;  // of large_
  std::size_t begin_ = 0;
  std::size_t end_ = 0;
};

}  // namespace convert::server::http
