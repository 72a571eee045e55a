// SPDX-License-Identifier: MIT
#include "http/content/event_stream.hpp"

#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <string>
#include <vector>

namespace convert::server::http {
namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

Async<void> take_all(std::shared_ptr<EventQueue> events, std::vector<std::string>& into) {
  for (;;) {
    const std::optional<std::string> news = co_await events->take(Clock::now() + 1h);
    if (!news || news->empty()) co_return;
    into.push_back(*news);
  }
}

std::vector<std::string> taken(asio::io_context& context, const std::shared_ptr<EventQueue>& events) {
  std::vector<std::string> result;
  asio::co_spawn(context, take_all(events, result), asio::detached);
  context.run();
  return result;
}

TEST(EventQueue, KeepsStatesInOrderAndTheNewestProgress) {
  asio::io_context context;
  const auto events = EventQueue::make(context.get_executor());
  events->set_latest("p1 ");
  events->push("a ");
  events->push("b ");
  events->set_latest("p2 ");
  events->set_latest("p3 ");
  events->end();
  events->push("late");
  EXPECT_EQ(taken(context, events), std::vector<std::string>{"a b p3 "});
}

TEST(EventQueue, DropsTheOldestEventsOfASlowClient) {
  asio::io_context context;
  const auto events = EventQueue::make(context.get_executor());
  for (std::size_t i = 0; i < EventQueue::kMaxQueuedEvents + 2; ++i) events->push(std::to_string(i) + ' ');
  events->end();
  const auto all = taken(context, events);
  ASSERT_EQ(all.size(), 1U);
  EXPECT_TRUE(all.front().starts_with("2 3 ")) << all.front();
  EXPECT_TRUE(all.front().ends_with("17 "));
}

Async<void> read_all(std::unique_ptr<ResponseStream> source, std::string& into) {
  for (;;) {
    const Result<std::string_view> piece = co_await source->next();
    if (!piece || piece->empty()) co_return;
    into += *piece;
  }
}

std::string streamed(Request& request, asio::io_context& context, const std::shared_ptr<EventQueue>& events,
                     EventStreamTiming timing, AuthorizationCheck still_authorized = {}) {
  std::string all;
  auto source = make_event_stream(request, events, "first ", nullptr, std::move(still_authorized), timing);
  asio::co_spawn(context, read_all(std::move(source), all), asio::detached);
  context.run();
  return all;
}

TEST(EventQueue, EndsTheStreamAfterMaxDuration) {
  asio::io_context context;
  Request request;
  const auto events = EventQueue::make(context.get_executor());
  const std::string all =
      streamed(request, context, events, {.keep_alive_interval = 1ms, .max_duration = 5ms});
  EXPECT_TRUE(all.starts_with("first :\n\n")) << all;
}

Async<bool> first_two(int& checks) { co_return ++checks <= 2; }

TEST(EventQueue, EndsTheStreamWhenAuthorizationIsLost) {
  asio::io_context context;
  Request request;
  const auto events = EventQueue::make(context.get_executor());
  events->push("news ");
  int checks = 0;  // for the event and for each keep-alive
  const std::string all =
      streamed(request, context, events, {.keep_alive_interval = 1ms, .max_duration = 10s},
               [&checks] { return first_two(checks); });
  EXPECT_EQ(all, "first news :\n\n");
  EXPECT_EQ(checks, 3);
}

TEST(EventQueue, SendsNoEventAfterAuthorizationIsLost) {
  asio::io_context context;
  Request request;
  const auto events = EventQueue::make(context.get_executor());
  events->push("news ");
  int checks = 2;
  EXPECT_EQ(streamed(request, context, events, {1s, 1s}, [&checks] { return first_two(checks); }), "first ");
}

TEST(EventQueue, EndsTheStreamOnShutdownOrDisconnect) {
  for (const bool client : {false, true}) {
    asio::io_context context;
    std::stop_source stop;
    Request request;
    (client ? request.client_disconnected : request.server_stopping) = stop.get_token();
    const auto events = EventQueue::make(context.get_executor());
    std::string all;
    asio::co_spawn(context,
                   read_all(make_event_stream(request, events, "first ", nullptr, {}, {1h, 1h}), all),
                   asio::detached);
    context.poll();  // the stream waits now
    events->push("last ");
    stop.request_stop();
    context.run();
    EXPECT_EQ(all, "first last ");
  }
}

}  // namespace
}  // namespace convert::server::http
