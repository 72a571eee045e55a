// SPDX-License-Identifier: MIT
#include "http/message/chunk_decoder.hpp"

#include <gtest/gtest.h>

#include <string>

namespace convert::server::http {
namespace {

using ChunkKind = ChunkDecoder::Kind;

struct DecodedChunks {
  ChunkKind last = ChunkKind::more;
  std::string body;
  std::string left;  // unconsumed input
  friend bool operator==(const DecodedChunks&, const DecodedChunks&) = default;
};

/// Decodes pieces of `size` bytes each.
DecodedChunks decode_chunks(std::string bytes, std::size_t size) {
  ChunkDecoder decoder;
  DecodedChunks outcome;
  auto all = std::as_writable_bytes(std::span(bytes));
  while (!all.empty() && outcome.last != ChunkKind::end && outcome.last != ChunkKind::bad) {
    auto piece = all.first(std::min(size, all.size()));
    all = all.subspan(piece.size());
    for (;;) {
      const auto step = decoder.next(piece);
      outcome.last = step.kind;
      if (step.kind != ChunkKind::data) break;
      outcome.body.append(reinterpret_cast<const char*>(step.data.data()), step.data.size());
    }
    outcome.left.assign(reinterpret_cast<const char*>(piece.data()), piece.size());
  }
  outcome.left.append(reinterpret_cast<const char*>(all.data()), all.size());
  return outcome;
}

/// Decodes in pieces of every size and expects equal results.
DecodedChunks decode_chunks(const std::string& bytes) {
  const DecodedChunks whole = decode_chunks(bytes, bytes.size() + 1);
  for (std::size_t size = 1; size <= std::min<std::size_t>(bytes.size(), 40); ++size) {
    const DecodedChunks pieces = decode_chunks(bytes, size);
    EXPECT_EQ(pieces.last, whole.last) << bytes << " by " << size;
    EXPECT_EQ(pieces.body, whole.body) << bytes << " by " << size;
    if (whole.last == ChunkKind::end) {
      EXPECT_EQ(pieces.left, whole.left) << bytes << " by " << size;
    }
  }
  return whole;
}

TEST(ChunkDecoder, DecodesChunks) {
  EXPECT_EQ(decode_chunks("0\r\n\r\n"), (DecodedChunks{ChunkKind::end, "", ""}));
  EXPECT_EQ(decode_chunks("3\r\nabc\r\n0\r\n\r\nGET /"), (DecodedChunks{ChunkKind::end, "abc", "GET /"}));
  EXPECT_EQ(decode_chunks("A\r\n0123456789\r\n001\r\nx\r\n0\r\nTrailer: 1\r\nB: \r\n\r\n\r\n"),
            (DecodedChunks{ChunkKind::end, "0123456789x", "\r\n"}));
  EXPECT_EQ(decode_chunks("2;name=value;other\r\n\r\n\r\n0;last\r\n\r\n"),
            (DecodedChunks{ChunkKind::end, "\r\n", ""}));
  EXPECT_EQ(decode_chunks("fF\r\n" + std::string(255, 'x') + "\r\n0\r\n\r\n").body.size(), 255U);
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
    EXPECT_EQ(decode_chunks("3" + extension + "\r\nabc\r\n0" + extension + "\r\n\r\nx"),
              (DecodedChunks{ChunkKind::end, "abc", "x"}))
        << extension;
  }
}

TEST(ChunkDecoder, RequestsMoreInput) {
  const std::string bytes = "3 ; a = \"\\b\"\r\nabc\r\n0\r\nA: b\r\n\r\n";
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    EXPECT_EQ(decode_chunks(bytes.substr(0, size)).last, ChunkKind::more) << size;
  }
}

TEST(ChunkDecoder, RejectsMalformedChunks) {
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
    EXPECT_EQ(decode_chunks(bytes).last, ChunkKind::bad) << bytes;
  }
  EXPECT_EQ(decode_chunks(std::string("3;a\0\r\n", 6)).last, ChunkKind::bad);
}

TEST(ChunkDecoder, AcceptsTheLargestSize) {
  ChunkDecoder decoder;
  std::string bytes = "ffffffffffffffff\r\nx";
  auto input = std::as_writable_bytes(std::span(bytes));
  EXPECT_EQ(decoder.next(input).kind, ChunkKind::data);
  EXPECT_EQ(decoder.remaining_in_chunk(), 0xFFFF'FFFF'FFFF'FFFEU);
}

TEST(ChunkDecoder, EnforcesLimits) {
  const auto extension = [](std::size_t size) { return "1;" + std::string(size - 1, 'a') + "\r\nx\r\n"; };
  EXPECT_EQ(decode_chunks(extension(256)).last, ChunkKind::more);
  EXPECT_EQ(decode_chunks(extension(257)).last, ChunkKind::bad);
  EXPECT_EQ(decode_chunks("1" + std::string(257, ' ') + ";a\r\nx\r\n").last, ChunkKind::bad);
  EXPECT_EQ(decode_chunks("1;a=\"" + std::string(254, ';') + "\"\r\nx\r\n").last, ChunkKind::bad);
  std::string many;
  for (int i = 0; i < 16; ++i) many += extension(256);
  EXPECT_EQ(decode_chunks(many).last, ChunkKind::more);
  EXPECT_EQ(decode_chunks(many + "1;a\r\n").last, ChunkKind::bad);
  const auto trailer = [](std::size_t size) { return "0\r\nA:" + std::string(size - 6, 'a') + "\r\n\r\n"; };
  EXPECT_EQ(decode_chunks(trailer(4096)).last, ChunkKind::end);
  EXPECT_EQ(decode_chunks(trailer(4097)).last, ChunkKind::bad);
}

TEST(ChunkDecoder, ReportsRemainingBytesOfAChunk) {
  ChunkDecoder decoder;
  std::string bytes = "5\r\nab";
  auto input = std::as_writable_bytes(std::span(bytes));
  EXPECT_EQ(decoder.remaining_in_chunk(), 0U);
  EXPECT_EQ(decoder.next(input).data.size(), 2U);
  EXPECT_EQ(decoder.remaining_in_chunk(), 3U);
}

TEST(ChunkDecoder, StaysAtTheEnd) {
  ChunkDecoder decoder;
  std::string bytes = "0\r\n\r\n1\r\nx";
  auto input = std::as_writable_bytes(std::span(bytes));
  EXPECT_EQ(decoder.next(input).kind, ChunkKind::end);
  EXPECT_EQ(decoder.next(input).kind, ChunkKind::end);
  EXPECT_EQ(input.size(), 4U);
}

}  // namespace
}  // namespace convert::server::http
