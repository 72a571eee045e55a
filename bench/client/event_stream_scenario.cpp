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

#include "scenarios.hpp"

namespace bench {
namespace {

constexpr std::size_t kStreamsPerAccount = 100;  // the default limit of convertd

/// An account with one task and the event streams of that task.
struct AccountStreams {
  std::unique_ptr<User> owner;
  std::string task;
  std::vector<std::unique_ptr<HttpClient>> listeners;
};

struct StreamScenario {
  LoadRun& run;
  UploadFile& song;
  std::vector<AccountStreams> accounts;
  std::size_t listening = 0;
  std::uint64_t bytes = 0;
};

/// Reads a stream until the server ends it.
Async<void> drain_stream(std::shared_ptr<StreamScenario> scenario, HttpClient* connection) {
  scenario->bytes += co_await connection->drain();
  --scenario->listening;
}

Async<void> open_account_streams(std::shared_ptr<StreamScenario> scenario, std::size_t number,
                                 std::size_t count) {
  auto& account = scenario->accounts[number];
  account.owner = std::make_unique<User>(scenario->run, fresh_name());
  co_await account.owner->sign_up();
  co_await account.owner->log_in();
  const auto task = co_await account.owner->upload(scenario->song, "wav");
  if (!task) co_return;
  account.task = *task;
  co_await account.owner->wait_for(account.task);
  const auto executor = co_await asio::this_coro::executor;
  const Request request{"GET", "/api/tasks/" + account.task + "/events", account.owner->token(), {}, {}};
  for (std::size_t i = 0; i < count; ++i) {
    auto connection = std::make_unique<HttpClient>(scenario->run.context, scenario->run.server);
    const auto start = Clock::now();
    const auto reply = co_await connection->open_stream(request);
    scenario->run.measurements.time("listen", seconds_since(start));
    if (!reply.good()) {
      scenario->run.measurements.error("listen: " + std::to_string(reply.status) + ' ' + reply.error);
      continue;
    }
    ++scenario->listening;
    asio::co_spawn(executor, drain_stream(scenario, connection.get()), asio::detached);
    account.listeners.push_back(std::move(connection));
  }
}

}  // namespace

Async<void> listeners(LoadRun& run, const Words& words) {
  UploadFile song(words[1]);
  const auto count = std::stoul(words[0]);
  const auto scenario = std::make_shared<StreamScenario>(StreamScenario{run, song, {}, 0, 0});
  scenario->accounts.resize((count + kStreamsPerAccount - 1) / kStreamsPerAccount);
  const auto one_audience = [](std::shared_ptr<StreamScenario> the_scenario, std::size_t all,
                               std::size_t number) -> Async<void> {
    co_await open_account_streams(the_scenario, number,
                                  std::min(kStreamsPerAccount, all - number * kStreamsPerAccount));
  };
  const std::function<Async<void>(std::size_t)> one = std::bind_front(one_audience, scenario, count);
  co_await run_concurrently(scenario->accounts.size(), 4, one);
  std::printf("listening\n");
  std::fflush(stdout);

  // Wait until the standard input is closed.
  const auto executor = co_await asio::this_coro::executor;
  asio::posix::stream_descriptor input(executor, ::dup(STDIN_FILENO));
  const auto token = asio::as_tuple(asio::use_awaitable);
  for (char byte = 0;;) {
    const auto [failure, size] = co_await input.async_read_some(asio::buffer(&byte, 1), token);
    if (failure) break;
  }
  run.measurements.number("listening", static_cast<double>(scenario->listening));
  if (scenario->listening != count) run.measurements.error("listen: some were not there at the end");
  for (auto& account : scenario->accounts) {
    for (auto& connection : account.listeners) connection->close();
    if (!account.task.empty()) co_await account.owner->remove(account.task);
  }
}

}  // namespace bench
