// SPDX-License-Identifier: MIT
// The parts of a connection that need no socket.
#include <gtest/gtest.h>

#include <chrono>
#include <memory>
#include <string>

#include "http/connections.hpp"
#include "http/head_writer.hpp"
#include "http/input_buffer.hpp"
#include "http/request_ids.hpp"

namespace convert::server::http {
namespace {

std::span<const std::byte> bytes_of(std::string_view text) { return std::as_bytes(std::span(text)); }

TEST(InputBuffer, KeepsWhatIsNotConsumedHoweverItGrows) {
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
    if (i % 50 == 0) buffer.release();
    ASSERT_EQ(buffer.text(), expected);
  }
}

TEST(InputBuffer, GivesNoMoreRoomThanIsAllowed) {
  InputBuffer buffer;
  std::size_t all = 0;
  while (all < 10'000) {
    const auto room = buffer.room(10'000);
    ASSERT_FALSE(room.empty());
    all += room.size();
    buffer.filled(room.size());
  }
  EXPECT_EQ(all, 10'000U);
  EXPECT_FALSE(buffer.room(10'000).empty());  // somebody has to be told that it was too much
}

TEST(HeadWriter, WritesNothingThatEndsItsLine) {
  std::string out;
  HeadWriter head(out);
  head.status(404);
  head.field("A", "b");
  for (const std::string_view value : std::initializer_list<std::string_view>{
           "x\r\nB: c", "x\n", "x\r", std::string_view("x\0y", 3), "\x7f"}) {
    EXPECT_FALSE(HeadWriter::fits("A", value));
    head.field("Bad", value);
  }
  for (const std::string_view name : {"", "A B", "A:", "A\r\n", "\xc3\xa4"}) {
    EXPECT_FALSE(HeadWriter::fits(name, "x"));
    head.field(name, "x");
  }
  head.field("N", std::uint64_t{18'446'744'073'709'551'615U});
  head.field("Text", "tab\t and \xc3\xa4");
  head.end();
  EXPECT_EQ(out,
            "HTTP/1.1 404 Not Found\r\nA: b\r\nN: 18446744073709551615\r\nText: tab\t and \xc3\xa4\r\n\r\n");
}

TEST(RequestIds, AreNeverTheSame) {
  const RequestIds ids;
  const RequestIds others;
  EXPECT_NE(ids.make(), ids.make());
  EXPECT_NE(ids.make().substr(0, 12), others.make().substr(0, 12));
  EXPECT_TRUE(RequestIds::acceptable(ids.make()));
  EXPECT_FALSE(RequestIds::acceptable("a\r\nb"));
}

TEST(Connections, AreCountedInAllAndByAddress) {
  Connections all(3, 2);
  auto a = all.enter("a");
  auto b = all.enter("a");
  EXPECT_TRUE(a && b);
  EXPECT_FALSE(all.enter("a"));
  auto c = all.enter("b");
  EXPECT_TRUE(c);
  EXPECT_FALSE(all.enter("c"));
  EXPECT_FALSE(all.enter(""));
  EXPECT_EQ(all.count(), 3U);
  a.reset();
  EXPECT_TRUE(all.enter("a"));  // for a moment
  b.reset();
  c.reset();
  EXPECT_EQ(all.count(), 0U);
  EXPECT_TRUE(all.wait_until_empty(std::chrono::steady_clock::now()));
  const auto exempt = all.enter("");
  const auto exempt_too = all.enter("");
  const auto exempt_as_well = all.enter("");
  EXPECT_TRUE(exempt && exempt_too && exempt_as_well);
  EXPECT_FALSE(all.wait_until_empty(std::chrono::steady_clock::now()));
}

}  // namespace
}  // namespace convert::server::http
