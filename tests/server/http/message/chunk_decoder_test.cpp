// SPDX-License-Identifier: MIT
#include "http/message/chunk_decoder.hpp"

#include <gtest/gtest.h>

#include <string>

namespace convert::server::http {
namespace {

using Kind = ChunkDecoder::Kind;

struct Outcome {
  Kind last = Kind::more;
  std::string body;
  std::string left;  // of the input
  friend bool operator==(const Outcome&, const Outcome&) = default;
};

/// Decodes pieces of `size` bytes each.
Outcome decode(std::string bytes, std::size_t size) {
  ChunkDecoder decoder;
  Outcome outcome;
  auto all = std::as_writable_bytes(std::span(bytes));
  while (!all.empty() && outcome.last != Kind::end && outcome.last != Kind::bad) {
    auto piece = all.first(std::min(size, all.size()));
    all = all.subspan(piece.size());
    for (;;) {
      const auto step = decoder.next(piece);
      outcome.last = step.kind;
      if (step.kind != Kind::data) break;
      outcome.body.append(reinterpret_cast<const char*>(step.data.data()), step.data.size());
    }
    outcome.left.assign(reinterpret_cast<const char*>(piece.data()), piece.size());
  }
  outcome.left.append(reinterpret_cast<const char*>(all.data()), all.size());
  return outcome;
}

/// The same in pieces of every size.
Outcome decode(const std::string& bytes) {
  const Outcome whole = decode(bytes, bytes.size() + 1);
  for (std::size_t size = 1; size <= std::min<std::size_t>(bytes.size(), 40); ++size) {
    const Outcome pieces = decode(bytes, size);
    EXPECT_EQ(pieces.last, whole.last) << bytes << " by " << size;
    EXPECT_EQ(pieces.body, whole.body) << bytes << " by " << size;
    if (whole.last == Kind::end) {
      EXPECT_EQ(pieces.left, whole.left) << bytes << " by " << size;
    }
  }
  return whole;
}

TEST(ChunkDecoder, Decodes) {
  EXPECT_EQ(decode("0\r\n\r\n"), (Outcome{Kind::end, "", ""}));
  EXPECT_EQ(decode("3\r\nabc\r\n0\r\n\r\nGET /"), (Outcome{Kind::end, "abc", "GET /"}));
  EXPECT_EQ(decode("A\r\n0123456789\r\n001\r\nx\r\n0\r\nTrailer: 1\r\nB: \r\n\r\n\r\n"),
            (Outcome{Kind::end, "0123456789x", "\r\n"}));
  EXPECT_EQ(decode("2;name=value;other\r\n\r\n\r\n0;last\r\n\r\n"), (Outcome{Kind::end, "\r\n", ""}));
  EXPECT_EQ(decode("fF\r\n" + std::string(255, 'x') + "\r\n0\r\n\r\n").body.size(), 255U);
}

TEST(ChunkDecoder, IgnoresExtensions) {
  for (const std::string extension : {";a",
                                      ";a=b",
                                      ";a=\"b\"",
                                      ";a=\"b c\"",
                                      ";a=\"b;c\"",
                                      ";a=\"\"",
                                      "; a=b",
                                      ";a = b",
                                      ";a =b",
                                      ";a= b",
                                      "\t;\ta\t=\tb",
                                      " ; a ; b = \"c\" ;d",
                                      ";a=\"\\\"\"",
                                      ";a=\"\\\\\"",
                                      ";a=\"\\b\t\\\t\"",
                                      ";a=\"\xC3\xA9\";b",
                                      ";a=b;a=b",
                                      ";a ;b",
                                      ";a=b ;c",
                                      ";a=\"b\" ;c"}) {
    EXPECT_EQ(decode("3" + extension + "\r\nabc\r\n0" + extension + "\r\n\r\nx"),
              (Outcome{Kind::end, "abc", "x"}))
        << extension;
  }
}

TEST(ChunkDecoder, WaitsForMore) {
  const std::string bytes = "3 ; a = \"\\b\"\r\nabc\r\n0\r\nA: b\r\n\r\n";
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    EXPECT_EQ(decode(bytes.substr(0, size)).last, Kind::more) << size;
  }
}

TEST(ChunkDecoder, RefusesWhatIsLoose) {
  for (const std::string bytes : {"\r\n",
                                  "g\r\n",
                                  ";a\r\n",
                                  "3\nabc\n0\n\n",
                                  "3 \r\nabc",
                                  " 3\r\nabc",
                                  "0x3\r\nabc",
                                  "-1\r\n",
                                  "+1\r\n",
                                  "3\r\nabcd",
                                  "3\r\nabc\n",
                                  "3\r\nabc\r0",
                                  "3\rabc",
                                  "3;\r\nabc",
                                  "3;=a\r\n",
                                  "3;a=\r\n",
                                  "3; \r\n",
                                  "3;;a\r\n",
                                  "3 a\r\n",
                                  "3 \n",
                                  "3;a \r\n",
                                  "3;a b\r\n",
                                  "3;a = \r\n",
                                  "3;a =;b\r\n",
                                  "3;a=b \r\n",
                                  "3;a=b c\r\n",
                                  "3;a=b\"c\"\r\n",
                                  "3;a=\"b\" \r\n",
                                  "3;a=\"b\"c\r\n",
                                  "3;a=\"b\"\"c\"\r\n",
                                  "3;a=\"b\r\n",
                                  "3;a=\"b\rc\"\r\n",
                                  "3;a=\"\\\r\n\"\r\n",
                                  "3;a=\"\\\n\"\r\n",
                                  "3;a=\"\x01\"\r\n",
                                  "3;a=\"\x7F\"\r\n",
                                  "3;\"a\"=b\r\n",
                                  "3;a=\"\n\"\r\n",
                                  "3;a\n",
                                  "3;a=b=c\r\n",
                                  "11111111111111111\r\n",
                                  "00000000000000003\r\nabc",
                                  "0\r\n\n",
                                  "0\r\n: a\r\n",
                                  "0\r\nA\r\n",
                                  "0\r\n A: b\r\n",
                                  "0\r\nA: b\n\r\n",
                                  "0\r\nA: \x01\r\n",
                                  "0\r\nA : b\r\n",
                                  "0\r\nA: b\r\n folded\r\n\r\n",
                                  "0\r\nA: b\r\n\rx",
                                  "0\rx"}) {
    EXPECT_EQ(decode(bytes).last, Kind::bad) << bytes;
  }
  EXPECT_EQ(decode(std::string("3;a\0\r\n", 6)).last, Kind::bad);
}

TEST(ChunkDecoder, TakesTheLargestSize) {
  ChunkDecoder decoder;
  std::string bytes = "ffffffffffffffff\r\nx";
  auto input = std::as_writable_bytes(std::span(bytes));
  EXPECT_EQ(decoder.next(input).kind, Kind::data);
  EXPECT_EQ(decoder.remaining_in_chunk(), 0xFFFF'FFFF'FFFF'FFFEU);
}

TEST(ChunkDecoder, HasLimits) {
  const auto extension = [](std::size_t size) { return "1;" + std::string(size - 1, 'a') + "\r\nx\r\n"; };
  EXPECT_EQ(decode(extension(256)).last, Kind::more);
  EXPECT_EQ(decode(extension(257)).last, Kind::bad);
  EXPECT_EQ(decode("1" + std::string(257, ' ') + ";a\r\nx\r\n").last, Kind::bad);
  EXPECT_EQ(decode("1;a=\"" + std::string(254, ';') + "\"\r\nx\r\n").last, Kind::bad);
  std::string many;
  for (int i = 0; i < 16; ++i) many += extension(256);
  EXPECT_EQ(decode(many).last, Kind::more);
  EXPECT_EQ(decode(many + "1;a\r\n").last, Kind::bad);
  const auto trailer = [](std::size_t size) { return "0\r\nA:" + std::string(size - 6, 'a') + "\r\n\r\n"; };
  EXPECT_EQ(decode(trailer(4096)).last, Kind::end);
  EXPECT_EQ(decode(trailer(4097)).last, Kind::bad);
}

TEST(ChunkDecoder, SaysWhatIsLeftOfAChunk) {
  ChunkDecoder decoder;
  std::string bytes = "5\r\nab";
  auto input = std::as_writable_bytes(std::span(bytes));
  EXPECT_EQ(decoder.remaining_in_chunk(), 0U);
  EXPECT_EQ(decoder.next(input).data.size(), 2U);
  EXPECT_EQ(decoder.remaining_in_chunk(), 3U);
}

TEST(ChunkDecoder, StaysAtItsEnd) {
  ChunkDecoder decoder;
  std::string bytes = "0\r\n\r\n1\r\nx";
  auto input = std::as_writable_bytes(std::span(bytes));
  EXPECT_EQ(decoder.next(input).kind, Kind::end);
  EXPECT_EQ(decoder.next(input).kind, Kind::end);
  EXPECT_EQ(input.size(), 4U);
}

}  // namespace
}  // namespace convert::server::http
