// SPDX-License-Identifier: MIT
#include "http/connection/input_buffer.hpp"

#include <algorithm>
#include <cstring>
#include <utility>

namespace convert::server::http {

void InputBuffer::ensure_space() {
  if (start_ == end_) start_ = end_ = 0;
  if (end_ < capacity()) return;
  const std::size_t count = size();
  if (start_ > capacity() / 2) {
    std::memmove(data(), data() + start_, count);
  } else {
    const std::size_t new_capacity = std::max(kInitialHeapBytes, capacity() * 2);
    auto larger = std::make_unique_for_overwrite<std::byte[]>(new_capacity);
    std::memcpy(larger.get(), data() + start_, count);
    heap_ = std::move(larger);
    capacity_ = new_capacity;
  }
  start_ = 0;
  end_ = count;
}

std::span<std::byte> InputBuffer::prepare(std::size_t max_bytes) {
  ensure_space();
  const std::size_t allowed = max_bytes > size() ? max_bytes - size() : 1;
  return {data() + end_, std::min(capacity() - end_, allowed)};
}

void InputBuffer::append(std::span<const std::byte> more) {
  while (!more.empty()) {
    const std::span<std::byte> space = prepare(size() + more.size());
    const std::size_t count = std::min(space.size(), more.size());
    std::memcpy(space.data(), more.data(), count);
    commit(count);
    more = more.subspan(count);
  }
}

void InputBuffer::shrink() noexcept {
  if (!empty()) return;
  start_ = end_ = 0;
  heap_.reset();
}

}  // namespace convert::server::http
