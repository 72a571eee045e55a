// SPDX-License-Identifier: MIT
#include "net/support/byte_ring.hpp"

#include <gtest/gtest.h>

#include <deque>
#include <random>
#include <vector>

#include "support/test_helpers.hpp"

namespace convert::net {
namespace {

TEST(ByteRing, IsAQueue) {
  std::mt19937 random(test::seed());
  ByteRing ring;
  std::deque<std::byte> expected;
  for (int step = 0; step < 20'000; ++step) {
    std::vector<std::byte> block(random() % 300);
    if (random() % 2 == 0) {
      for (std::byte& byte : block) byte = static_cast<std::byte>(random());
      ring.push(block);
      expected.insert(expected.end(), block.begin(), block.end());
    } else {
      const std::size_t count = ring.pop(block);
      ASSERT_EQ(count, std::min(block.size(), expected.size()));
      ASSERT_TRUE(
          std::equal(block.begin(), block.begin() + static_cast<std::ptrdiff_t>(count), expected.begin()));
      expected.erase(expected.begin(), expected.begin() + static_cast<std::ptrdiff_t>(count));
    }
    ASSERT_EQ(ring.size(), expected.size());
    ASSERT_EQ(ring.empty(), expected.empty());
  }
}

}  // namespace
}  // namespace convert::net
