// SPDX-License-Identifier: MIT
#include "http/connection/input_buffer.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <span>
#include <string>
#include <string_view>

namespace convert::server::http {
namespace {

std::span<const std::byte> bytes_of(std::string_view text) { return std::as_bytes(std::span(text)); }

TEST(InputBuffer, KeepsUnconsumedBytesWhileItGrows) {
  InputBuffer buffer;
  std::string expected;
  unsigned seed = 7;
  for (int i = 0; i < 5'000; ++i) {
    seed = seed * 1'103'515'245U + 12'345U;
    const std::string piece(seed % 97, static_cast<char>('a' + i % 26));
    buffer.append(bytes_of(piece));
    expected += piece;
    const std::size_t count = std::min<std::size_t>((seed >> 8U) % 97, expected.size());
    buffer.consume(count);
    expected.erase(0, count);
    ASSERT_EQ(buffer.text(), expected);
    if (i % 50 == 0) buffer.shrink();
    ASSERT_EQ(buffer.text(), expected);
  }
}

TEST(InputBuffer, LimitsItsSize) {
  InputBuffer buffer;
  std::size_t all = 0;
  while (all < 10'000) {
    const auto room = buffer.prepare(10'000);
    ASSERT_FALSE(room.empty());
    all += room.size();
    buffer.commit(room.size());
  }
  EXPECT_EQ(all, 10'000U);
  EXPECT_FALSE(buffer.prepare(10'000).empty());  // one more byte, to detect the overflow
}

}  // namespace
}  // namespace convert::server::http
