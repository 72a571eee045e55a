// SPDX-License-Identifier: MIT
#include "http/mailbox.hpp"

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

Async<void> take_all(std::shared_ptr<Mailbox> mailbox, std::vector<std::string>& into) {
  for (;;) {
    const std::optional<std::string> news = co_await mailbox->take(Clock::now() + 1h);
    if (!news || news->empty()) co_return;
    into.push_back(*news);
  }
}

std::vector<std::string> taken(asio::io_context& context, const std::shared_ptr<Mailbox>& mailbox) {
  std::vector<std::string> result;
  asio::co_spawn(context, take_all(mailbox, result), asio::detached);
  context.run();
  return result;
}

TEST(Mailbox, KeepsStatesInOrderAndTheNewestProgress) {
  asio::io_context context;
  const auto mailbox = Mailbox::make(context.get_executor());
  mailbox->replace("p1 ");
  mailbox->keep("a ");
  mailbox->keep("b ");
  mailbox->replace("p2 ");
  mailbox->replace("p3 ");
  mailbox->end();
  mailbox->keep("late");
  EXPECT_EQ(taken(context, mailbox), std::vector<std::string>{"a b p3 "});
}

TEST(Mailbox, ASlowListenerMissesTheOldest) {
  asio::io_context context;
  const auto mailbox = Mailbox::make(context.get_executor());
  for (std::size_t i = 0; i < Mailbox::kKept + 2; ++i) mailbox->keep(std::to_string(i) + ' ');
  mailbox->end();
  const auto all = taken(context, mailbox);
  ASSERT_EQ(all.size(), 1U);
  EXPECT_TRUE(all.front().starts_with("2 3 ")) << all.front();
  EXPECT_TRUE(all.front().ends_with("17 "));
}

Async<void> read_all(std::unique_ptr<Source> source, std::string& into) {
  for (;;) {
    const Result<std::string_view> piece = co_await source->next();
    if (!piece || piece->empty()) co_return;
    into += *piece;
  }
}

std::string streamed(Request& request, asio::io_context& context, const std::shared_ptr<Mailbox>& mailbox,
                     EventPace pace, MayGoOn may_go_on = {}) {
  std::string all;
  auto source = event_source(request, mailbox, "first ", nullptr, std::move(may_go_on), pace);
  asio::co_spawn(context, read_all(std::move(source), all), asio::detached);
  context.run();
  return all;
}

TEST(Mailbox, AStreamEndsWithItsLife) {
  asio::io_context context;
  Request request;
  const auto mailbox = Mailbox::make(context.get_executor());
  const std::string all = streamed(request, context, mailbox, {.silence = 1ms, .life = 5ms});
  EXPECT_TRUE(all.starts_with("first :\n\n")) << all;
}

Async<bool> first_two(int& asked) { co_return ++asked <= 2; }

TEST(Mailbox, AStreamEndsWhenItMayNotGoOn) {
  asio::io_context context;
  Request request;
  const auto mailbox = Mailbox::make(context.get_executor());
  mailbox->keep("news ");
  int asked = 0;  // for the news, and for each sign of life
  const std::string all = streamed(request, context, mailbox, {.silence = 1ms, .life = 10s},
                                   [&asked] { return first_two(asked); });
  EXPECT_EQ(all, "first news :\n\n");
  EXPECT_EQ(asked, 3);
}

TEST(Mailbox, WhoMayNotGoOnIsNotToldTheNews) {
  asio::io_context context;
  Request request;
  const auto mailbox = Mailbox::make(context.get_executor());
  mailbox->keep("news ");
  int asked = 2;
  EXPECT_EQ(streamed(request, context, mailbox, {1s, 1s}, [&asked] { return first_two(asked); }), "first ");
}

TEST(Mailbox, AStreamEndsWithTheServerOrItsClient) {
  for (const bool client : {false, true}) {
    asio::io_context context;
    std::stop_source stop;
    Request request;
    (client ? request.gone : request.closing) = stop.get_token();
    const auto mailbox = Mailbox::make(context.get_executor());
    std::string all;
    asio::co_spawn(context, read_all(event_source(request, mailbox, "first ", nullptr, {}, {1h, 1h}), all),
                   asio::detached);
    context.poll();  // it waits now
    mailbox->keep("last ");
    stop.request_stop();
    context.run();
    EXPECT_EQ(all, "first last ");
  }
}

}  // namespace
}  // namespace convert::server::http
