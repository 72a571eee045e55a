// SPDX-License-Identifier: MIT
#include "http/connection/body_reader.hpp"

#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <deque>
#include <exception>
#include <string>

namespace convert::server::http {
namespace {

/// Delivers the bytes of a client in given pieces, then the end.
class Script final : public Transport {
 public:
  explicit Script(std::deque<std::string> pieces) : pieces_(std::move(pieces)) {}

  Async<Result<std::size_t>> read_some(std::span<std::byte> into) override {
    if (pieces_.empty()) co_return std::size_t{0};
    std::string& piece = pieces_.front();
    const std::size_t count = std::min(piece.size(), into.size());
    std::memcpy(into.data(), piece.data(), count);
    piece.erase(0, count);
    if (piece.empty()) pieces_.pop_front();
    co_return count;
  }
  Async<Result<void>> write(std::string_view bytes) override {
    written_ += bytes;
    co_return Result<void>();
  }
  void abort() noexcept override {}

  const std::string& written() const { return written_; }
  std::string left() const {
    std::string all;
    for (const std::string& piece : pieces_) all += piece;
    return all;
  }

 private:
  std::deque<std::string> pieces_;
  std::string written_;
};

/// A body, the buffered part of it, and a loop that reads it.
struct Reading {
  Reading(const RequestFraming& framing, const std::string& here, std::deque<std::string> pieces,
          std::uint64_t limit = 1'000)
      : transport(std::move(pieces)) {
    buffer.append(std::as_bytes(std::span(here)));
    body.emplace(framing, BodyReader::Options{transport, buffer, context.get_executor(), limit, {}, {}});
  }

  Result<std::size_t> read(std::span<std::byte> into) {
    std::optional<Result<std::size_t>> result;
    auto reading = [](BodyReader& from, std::span<std::byte> block,
                      std::optional<Result<std::size_t>>& to) -> Async<void> {
      to = co_await from.read(block);
    };
    asio::co_spawn(context, reading(*body, into, result), asio::detached);
    context.restart();
    context.run();
    return result ? *result : Error{Errc::internal, "It still reads."};
  }

  /// The whole body, read in blocks of that size, and the error that ended it.
  std::string all(std::size_t block) {
    std::vector<std::byte> into(block);
    std::string text;
    for (;;) {
      const auto count = read(into);
      if (!count) return text + '<' + std::string(to_string(count.error().code)) + '>';
      if (*count == 0) return text;
      text.append(reinterpret_cast<const char*>(into.data()), *count);
    }
  }

  /// The first bytes of the next request.
  std::string rest() const { return std::string(buffer.text()) + transport.left(); }

  asio::io_context context;
  Script transport;
  InputBuffer buffer;
  std::optional<BodyReader> body;
};

RequestFraming of_length(std::uint64_t length, bool waits = false) {
  RequestFraming framing;
  framing.kind = RequestFraming::Kind::length;
  framing.length = length;
  framing.expects_continue = waits;
  return framing;
}
RequestFraming in_chunks() {
  RequestFraming framing;
  framing.kind = RequestFraming::Kind::chunked;
  return framing;
}

const std::string next_request = "GET /canary HTTP/1.1\r\n\r\n";

TEST(BodyReader, LeavesTheNextRequestInTheBuffer) {
  const std::string plain = "0123456789";
  const std::string chunks = "4\r\n0123\r\n6;x=y\r\n456789\r\n0\r\nT: 1\r\n\r\n";
  for (const std::string& wire : {plain, chunks}) {
    const RequestFraming framing = wire == plain ? of_length(10) : in_chunks();
    const std::string bytes = wire + next_request;
    for (std::size_t here = 0; here <= bytes.size(); ++here) {
      for (const std::size_t block : {1U, 2U, 3U, 7U, 64U}) {
        Reading reading(framing, bytes.substr(0, here), {bytes.substr(here)});
        if (here == bytes.size()) reading.transport = Script({});
        ASSERT_EQ(reading.all(block), plain) << here << ' ' << block;
        ASSERT_TRUE(reading.body->complete());
        ASSERT_EQ(reading.rest(), next_request) << here << ' ' << block;
      }
    }
  }
}

TEST(BodyReader, ReadsByteByByte) {
  std::deque<std::string> pieces;
  for (const char byte : "3\r\nabc\r\n0\r\n\r\n" + next_request) pieces.emplace_back(1, byte);
  Reading reading(in_chunks(), "", pieces);
  EXPECT_EQ(reading.all(2), "abc");
  EXPECT_EQ(reading.rest(), next_request);
}

TEST(BodyReader, RejectsAnEmptyReadBuffer) {
  for (const RequestFraming& framing : {of_length(3), in_chunks()}) {
    Reading reading(framing, framing.kind == RequestFraming::Kind::length ? "abc" : "3\r\nabc\r\n0\r\n\r\n",
                    {});
    const auto count = reading.read({});
    ASSERT_FALSE(count);
    EXPECT_EQ(count.error().code, Errc::invalid_argument);
    EXPECT_FALSE(reading.body->complete());
    EXPECT_EQ(reading.all(8), "abc");
  }
}

TEST(BodyReader, FailsOnAnEarlyEnd) {
  EXPECT_EQ(Reading(of_length(4), "ab", {"c"}).all(8), "abc<io>");
  EXPECT_EQ(Reading(in_chunks(), "3\r\nabc\r\n", {"0\r\n"}).all(8), "abc<io>");
  EXPECT_EQ(Reading(in_chunks(), "3\r\nabcd", {}).all(8), "abc<invalid_argument>");
}

TEST(BodyReader, EnforcesTheLimit) {
  EXPECT_EQ(Reading(in_chunks(), "3\r\nabc\r\n0\r\n\r\n", {}, 3).all(8), "abc");
  EXPECT_EQ(Reading(in_chunks(), "3\r\nabc\r\n1\r\nd\r\n0\r\n\r\n", {}, 3).all(8), "abc<limit_exceeded>");
  EXPECT_EQ(Reading(in_chunks(), "ffffffffffffffff\r\nabcd", {"efgh"}, 6).all(4), "abcd<limit_exceeded>");
}

TEST(BodyReader, KeepsItsError) {
  Reading reading(in_chunks(), "x", {"3\r\nabc\r\n0\r\n\r\n"});
  EXPECT_EQ(reading.all(8), "<invalid_argument>");
  EXPECT_EQ(reading.all(8), "<invalid_argument>");
  EXPECT_TRUE(reading.body->failed());
}

TEST(BodyReader, SendsContinueOnce) {
  Reading waiting(of_length(3, true), "", {"a", "bc"});
  EXPECT_EQ(waiting.all(1), "abc");
  EXPECT_EQ(waiting.transport.written(), "HTTP/1.1 100 Continue\r\n\r\n");
  Reading early(of_length(3, true), "a", {"bc"});
  EXPECT_EQ(early.all(1), "abc");
  EXPECT_EQ(early.transport.written(), "");
}

TEST(BodyReader, FailsAfterDetach) {
  Reading reading(of_length(3), "abc", {});
  reading.body->detach();
  EXPECT_EQ(reading.all(8), "<cancelled>");
  EXPECT_EQ(reading.rest(), "abc");
}

}  // namespace
}  // namespace convert::server::http
