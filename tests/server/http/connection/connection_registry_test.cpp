// SPDX-License-Identifier: MIT
// The parts of a connection that need no socket.
#include <gtest/gtest.h>

#include <chrono>
#include <memory>
#include <string>

#include "http/connection/connection_registry.hpp"
#include "http/connection/response_writer.hpp"
#include "http/connection/input_buffer.hpp"
#include "http/connection/server_context.hpp"

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
    if (i % 50 == 0) buffer.shrink();
    ASSERT_EQ(buffer.text(), expected);
  }
}

TEST(InputBuffer, GivesNoMoreRoomThanIsAllowed) {
  InputBuffer buffer;
  std::size_t all = 0;
  while (all < 10'000) {
    const auto room = buffer.prepare(10'000);
    ASSERT_FALSE(room.empty());
    all += room.size();
    buffer.commit(room.size());
  }
  EXPECT_EQ(all, 10'000U);
  EXPECT_FALSE(buffer.prepare(10'000).empty());  // somebody has to be told that it was too much
}

TEST(ResponseHeadWriter, WritesNothingThatEndsItsLine) {
  std::string out;
  ResponseHeadWriter head(out);
  head.status(404);
  head.field("A", "b");
  for (const std::string_view value : std::initializer_list<std::string_view>{
           "x\r\nB: c", "x\n", "x\r", std::string_view("x\0y", 3), "\x7f"}) {
    EXPECT_FALSE(ResponseHeadWriter::fits("A", value));
    head.field("Bad", value);
  }
  for (const std::string_view name : {"", "A B", "A:", "A\r\n", "\xc3\xa4"}) {
    EXPECT_FALSE(ResponseHeadWriter::fits(name, "x"));
    head.field(name, "x");
  }
  head.field("N", std::uint64_t{18'446'744'073'709'551'615U});
  head.field("Text", "tab\t and \xc3\xa4");
  head.end();
  EXPECT_EQ(out,
            "HTTP/1.1 404 Not Found\r\nA: b\r\nN: 18446744073709551615\r\nText: tab\t and \xc3\xa4\r\n\r\n");
}

TEST(RequestIdGenerator, AreNeverTheSame) {
  const RequestIdGenerator ids;
  const RequestIdGenerator others;
  EXPECT_NE(ids.make(), ids.make());
  EXPECT_NE(ids.make().substr(0, 12), others.make().substr(0, 12));
  EXPECT_TRUE(RequestIdGenerator::is_valid(ids.make()));
  EXPECT_FALSE(RequestIdGenerator::is_valid("a\r\nb"));
}

TEST(ConnectionRegistry, AreCountedInAllAndByAddress) {
  ConnectionRegistry all(3, 2);
  auto a = all.admit("a");
  auto b = all.admit("a");
  EXPECT_TRUE(a && b);
  EXPECT_FALSE(all.admit("a"));
  auto c = all.admit("b");
  EXPECT_TRUE(c);
  EXPECT_FALSE(all.admit("c"));
  EXPECT_FALSE(all.admit(""));
  EXPECT_EQ(all.count(), 3U);
  a.reset();
  EXPECT_TRUE(all.admit("a"));  // for a moment
  b.reset();
  c.reset();
  EXPECT_EQ(all.count(), 0U);
  EXPECT_TRUE(all.wait_until_empty(std::chrono::steady_clock::now()));
  const auto exempt = all.admit("");
  const auto exempt_too = all.admit("");
  const auto exempt_as_well = all.admit("");
  EXPECT_TRUE(exempt && exempt_too && exempt_as_well);
  EXPECT_FALSE(all.wait_until_empty(std::chrono::steady_clock::now()));
}

}  // namespace
}  // namespace convert::server::http
