// SPDX-License-Identifier: MIT
#include <unistd.h>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <cstdio>
#include <functional>
#include <memory>

#include "modes.hpp"

namespace bench {
namespace {

constexpr std::size_t kAnAccount = 100;  // listeners, which is what a server permits

/// One account, one task of it, and those who listen to that.
struct Audience {
  std::unique_ptr<User> owner;
  std::string task;
  std::vector<std::unique_ptr<Connection>> listeners;
};

struct Hall {
  Run& run;
  Song& song;
  std::vector<Audience> audiences;
  std::size_t listening = 0;
  std::uint64_t bytes = 0;
};

/// Listens until the server ends it.
Async<void> listen_on(std::shared_ptr<Hall> hall, Connection* connection) {
  hall->bytes += co_await connection->drain();
  --hall->listening;
}

Async<void> seat(std::shared_ptr<Hall> hall, std::size_t number, std::size_t count) {
  auto& audience = hall->audiences[number];
  audience.owner = std::make_unique<User>(hall->run, fresh_name());
  co_await audience.owner->sign_up();
  co_await audience.owner->log_in();
  const auto task = co_await audience.owner->upload(hall->song, "wav");
  if (!task) co_return;
  audience.task = *task;
  co_await audience.owner->wait_for(audience.task);
  const auto executor = co_await asio::this_coro::executor;
  const Request request{"GET", "/api/tasks/" + audience.task + "/events", audience.owner->token(), {}, {}};
  for (std::size_t i = 0; i < count; ++i) {
    auto connection = std::make_unique<Connection>(hall->run.context, hall->run.server);
    const auto begin = Clock::now();
    const auto reply = co_await connection->listen(request);
    hall->run.figures.time("listen", since(begin));
    if (!reply.good()) {
      hall->run.figures.error("listen: " + std::to_string(reply.status) + ' ' + reply.trouble);
      continue;
    }
    ++hall->listening;
    asio::co_spawn(executor, listen_on(hall, connection.get()), asio::detached);
    audience.listeners.push_back(std::move(connection));
  }
}

}  // namespace

Async<void> listeners(Run& run, const Words& words) {
  Song song(words[1]);
  const auto count = std::stoul(words[0]);
  const auto hall = std::make_shared<Hall>(Hall{run, song, {}, 0, 0});
  hall->audiences.resize((count + kAnAccount - 1) / kAnAccount);
  const auto one_audience = [](std::shared_ptr<Hall> the_hall, std::size_t all,
                               std::size_t number) -> Async<void> {
    co_await seat(the_hall, number, std::min(kAnAccount, all - number * kAnAccount));
  };
  const std::function<Async<void>(std::size_t)> one = std::bind_front(one_audience, hall, count);
  co_await side_by_side(hall->audiences.size(), 4, one);
  std::printf("listening\n");
  std::fflush(stdout);

  // Until whoever has started this closes our input.
  const auto executor = co_await asio::this_coro::executor;
  asio::posix::stream_descriptor input(executor, ::dup(STDIN_FILENO));
  const auto token = asio::as_tuple(asio::use_awaitable);
  for (char byte = 0;;) {
    const auto [failure, size] = co_await input.async_read_some(asio::buffer(&byte, 1), token);
    if (failure) break;
  }
  run.figures.number("listening", static_cast<double>(hall->listening));
  if (hall->listening != count) run.figures.error("listen: some were not there at the end");
  for (auto& audience : hall->audiences) {
    for (auto& connection : audience.listeners) connection->close();
    if (!audience.task.empty()) co_await audience.owner->remove(audience.task);
  }
}

}  // namespace bench
