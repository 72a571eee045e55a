// SPDX-License-Identifier: MIT
#include "http/content/byte_queue.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <optional>
#include <string>
#include <thread>

namespace convert::server::http {
namespace {

using Queue = std::shared_ptr<ByteQueue>;

std::span<const std::byte> queue_bytes(std::string_view text) { return std::as_bytes(std::span(text)); }

struct QueueContents {
  std::string text;
  std::optional<Error> error;
};

Async<void> read_all(Queue queue, QueueContents& into) {
  for (;;) {
    const Result<std::string_view> piece = co_await queue->next();
    if (!piece) {
      into.error = piece.error();
      co_return;
    }
    if (piece->empty()) co_return;
    into.text += *piece;
  }
}

QueueContents read_queue(asio::io_context& context, const Queue& queue) {
  QueueContents result;
  asio::co_spawn(context, read_all(queue, result), asio::detached);
  context.restart();
  context.run();
  return result;
}

TEST(ByteQueue, DeliversAllBytesInOrder) {
  asio::io_context context;
  const Queue queue = ByteQueue::make(context.get_executor(), 100);
  std::string sent;
  std::thread writer([&]() {
    for (int i = 0; i < 2'000; ++i) {
      const std::string piece = std::to_string(i) + ' ';
      sent += piece;
      EXPECT_TRUE(queue->write(queue_bytes(piece)));  // blocks: far more than the capacity
    }
    queue->end();
  });
  const QueueContents got = read_queue(context, queue);
  writer.join();
  EXPECT_EQ(got.text, sent);
  EXPECT_FALSE(got.error);
}

TEST(ByteQueue, DeliversBufferedBytesBeforeAFailure) {
  asio::io_context context;
  const Queue queue = ByteQueue::make(context.get_executor(), 100);
  ASSERT_TRUE(queue->write(queue_bytes("half")));
  queue->fail(Error{Errc::corrupt_input, "It breaks off.", false});
  const QueueContents got = read_queue(context, queue);
  EXPECT_EQ(got.text, "half");
  ASSERT_TRUE(got.error);
  EXPECT_EQ(got.error->code, Errc::corrupt_input);
}

TEST(ByteQueue, UnblocksTheWriterWhenTheReaderCloses) {
  asio::io_context context;
  const Queue queue = ByteQueue::make(context.get_executor(), 4);
  ASSERT_TRUE(queue->write(queue_bytes("full")));
  std::optional<Errc> code;
  std::thread writer([&]() {
    const Result<void> written = queue->write(queue_bytes("more"));
    if (!written) code = written.error().code;
  });
  queue->close_reader();
  writer.join();
  EXPECT_EQ(code, Errc::cancelled);
  EXPECT_TRUE(read_queue(context, queue).error);
}

Async<void> wait_for_data(Queue queue, std::optional<Result<bool>>& into) {
  into = co_await queue->wait_for_data();
}

TEST(ByteQueue, ReportsWhetherThereIsData) {
  asio::io_context context;
  const auto check_data = [&](const Queue& queue) {
    std::optional<Result<bool>> answer;
    asio::co_spawn(context, wait_for_data(queue, answer), asio::detached);
    context.restart();
    context.run();
    return *answer;
  };
  const Queue some = ByteQueue::make(context.get_executor(), 4);
  ASSERT_TRUE(some->write(queue_bytes("x")));
  EXPECT_TRUE(check_data(some).value());
  EXPECT_EQ(read_queue(context,
                       [&]() {
                         some->end();
                         return some;
                       }())
                .text,
            "x");  // not consumed
  const Queue none = ByteQueue::make(context.get_executor(), 4);
  none->end();
  EXPECT_FALSE(check_data(none).value());
  const Queue broken = ByteQueue::make(context.get_executor(), 4);
  broken->fail(Error{Errc::crashed, "Gone.", false});
  EXPECT_EQ(check_data(broken).error().code, Errc::crashed);
}

}  // namespace
}  // namespace convert::server::http
