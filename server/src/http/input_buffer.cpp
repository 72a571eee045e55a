// SPDX-License-Identifier: MIT
#include "http/input_buffer.hpp"

#include <algorithm>
#include <cstring>
#include <utility>

namespace convert::server::http {

void InputBuffer::make_room() {
  if (begin_ == end_) begin_ = end_ = 0;
  if (end_ < capacity()) return;
  const std::size_t count = size();
  if (begin_ > capacity() / 2) {
    std::memmove(data(), data() + begin_, count);
  } else {
    const std::size_t wanted = std::max(kFirst, capacity() * 2);
    auto larger = std::make_unique_for_overwrite<std::byte[]>(wanted);
    std::memcpy(larger.get(), data() + begin_, count);
    large_ = std::move(larger);
    capacity_ = wanted;
  }
  begin_ = 0;
  end_ = count;
}

std::span<std::byte> InputBuffer::room(std::size_t most) {
  make_room();
  const std::size_t allowed = most > size() ? most - size() : 1;
  return {data() + end_, std::min(capacity() - end_, allowed)};
}

void InputBuffer::append(std::span<const std::byte> more) {
  while (!more.empty()) {
    const std::span<std::byte> space = room(size() + more.size());
    const std::size_t count = std::min(space.size(), more.size());
    std::memcpy(space.data(), more.data(), count);
    filled(count);
    more = more.subspan(count);
  }
}

void InputBuffer::release() noexcept {
  if (!empty()) return;
  begin_ = end_ = 0;
  large_.reset();
}

}  // namespace convert::server::http
