// SPDX-License-Identifier: MIT
#include "storage/s3/part_buffer.hpp"

#include <gtest/gtest.h>

#include "support/test_files.hpp"
#include "support/test_helpers.hpp"
#include "unit/storage/s3/s3_stub.hpp"

namespace convert::storage {
namespace {

constexpr std::size_t kMebibyte = std::size_t{1} << 20;

/// Appends all of `text` in steps. Returns how many bytes there was space for.
std::size_t append_all(PartBuffer& buffer, const std::string& text) {
  std::size_t taken = 0;
  while (taken < text.size()) {
    const auto step = std::string_view(text).substr(taken, 10'007);
    const std::size_t count = test::must(buffer.append(test::bytes(step)));
    if (count == 0) break;
    taken += count;
  }
  return taken;
}

TEST(PartBuffer, HoldsItsCapacityInMemory) {
  PartMemory memory(100 * kMebibyte, {});
  {
    PartBuffer buffer(memory, kMebibyte);
    const std::string text = test::varied_text(kMebibyte + 5);
    EXPECT_EQ(append_all(buffer, text), kMebibyte);
    EXPECT_TRUE(buffer.full());
    EXPECT_FALSE(buffer.in_file());
    EXPECT_EQ(test::text(buffer.bytes()), text.substr(0, kMebibyte));
    PartBuffer moved(std::move(buffer));
    EXPECT_EQ(test::text(moved.bytes()), text.substr(0, kMebibyte));
    EXPECT_EQ(memory.used(), kMebibyte);
  }
  EXPECT_EQ(memory.used(), 0U);
}

TEST(PartBuffer, ASmallPartNeedsLittleMemory) {
  PartMemory memory(100 * kMebibyte, {});
  PartBuffer buffer(memory, 8 * kMebibyte);
  append_all(buffer, "some bytes");
  EXPECT_LE(memory.used(), 64U << 10);
}

/// Many slow uploads at once must not use up the memory.
TEST(PartBuffer, ContinuesInAFileWhereTheMemoryIsUsedUp) {
  test::TemporaryFolder folder;
  PartMemory memory(kMebibyte, folder.path());
  PartBuffer first(memory, 8 * kMebibyte);
  PartBuffer second(memory, 8 * kMebibyte);
  const std::string text = test::varied_text(8 * kMebibyte);
  EXPECT_EQ(append_all(first, text), text.size());
  EXPECT_EQ(append_all(second, text), text.size());
  EXPECT_TRUE(first.in_file());
  EXPECT_TRUE(second.in_file());
  EXPECT_EQ(memory.used(), 0U);
  EXPECT_EQ(test::text(first.bytes()), text);
  EXPECT_EQ(test::text(second.bytes()), text);
}

TEST(PartBuffer, AMissingTemporaryFolderIsAnError) {
  PartMemory memory(0, "/nowhere");
  PartBuffer buffer(memory, kMebibyte);
  EXPECT_FALSE(buffer.append(test::bytes("some bytes")));
}

}  // namespace
}  // namespace convert::storage
