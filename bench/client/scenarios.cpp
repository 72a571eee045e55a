// SPDX-License-Identifier: MIT
#include "scenarios.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <cstdio>
#include <functional>
#include <memory>
#include <random>

namespace bench {
namespace {

/// The shared state of one run_concurrently.
struct ConcurrentCalls {
  explicit ConcurrentCalls(const asio::any_io_executor& executor)
      : ended(executor, asio::steady_timer::time_point::max()) {}
  std::size_t next = 0;
  std::size_t count = 0;
  std::size_t running = 0;
  std::function<Async<void>(std::size_t)> one;
  asio::steady_timer ended;  // cancelled by the last call
};

Async<void> run_calls(std::shared_ptr<ConcurrentCalls> calls) {
  while (calls->next < calls->count) {
    const auto number = calls->next++;
    co_await calls->one(number);
  }
  if (--calls->running == 0) calls->ended.cancel();
}

constexpr std::size_t kConcurrentSignups = 8;  // password hashing is expensive

using Users = std::vector<std::unique_ptr<User>>;

/// Creates users with accounts.
Async<Users> make_users(LoadRun& run, std::size_t count) {
  Users users;
  for (std::size_t i = 0; i < count; ++i) users.push_back(std::make_unique<User>(run, fresh_name()));
  const auto sign_up = [](Users* all, std::size_t number) -> Async<void> {
    co_await (*all)[number]->sign_up();
  };
  const std::function<Async<void>(std::size_t)> one = std::bind_front(sign_up, &users);
  co_await run_concurrently(count, kConcurrentSignups, one);
  co_return users;
}

/// Creates a user and logs in.
Async<std::unique_ptr<User>> make_logged_in_user(LoadRun& run) {
  auto user = std::make_unique<User>(run, fresh_name());
  co_await user->sign_up();
  co_await user->log_in();
  co_return user;
}

/// Uploads, converts, downloads and deletes one file.
Async<void> one_file(LoadRun& run, User& user, UploadFile& song, const std::string& format) {
  const auto start = Clock::now();
  const auto task = co_await user.upload(song, format);
  if (!task) co_return;
  bool good = co_await user.wait_for(*task);
  good = good && co_await user.download(*task);
  if (good) run.measurements.time("file", seconds_since(start));
  co_await user.remove(*task);
}

Async<void> one_user(LoadRun& run, User& user, UploadFile& song) {
  const auto start = Clock::now();
  bool good = co_await user.log_in();
  if (!good) co_return;
  const auto task = co_await user.upload(song, "wav");
  if (!task) co_return;
  good = co_await user.list();
  good = co_await user.wait_for(*task) && good;
  good = good && co_await user.download(*task);
  if (good) run.measurements.time("user", seconds_since(start));
  co_await user.remove(*task);
}

void record_pace(LoadRun& run, const char* step, Clock::time_point start) {
  const auto seconds = seconds_since(start);
  run.measurements.number("seconds", seconds);
  run.measurements.number("files_a_minute", static_cast<double>(run.measurements.count(step)) * 60 / seconds);
}

}  // namespace

std::string fresh_name() {
  static std::mt19937_64 random(std::random_device{}());
  return "b" + std::to_string(random());
}

Async<void> run_concurrently(std::size_t count, std::size_t max_concurrent,
                             std::function<Async<void>(std::size_t)> one) {
  const auto executor = co_await asio::this_coro::executor;
  const auto calls = std::make_shared<ConcurrentCalls>(executor);
  calls->count = count;
  calls->running = std::min(count, max_concurrent);
  calls->one = std::move(one);
  for (std::size_t i = std::min(count, max_concurrent); i > 0; --i)
    asio::co_spawn(executor, run_calls(calls), asio::detached);
  const auto token = asio::as_tuple(asio::use_awaitable);
  while (calls->running > 0) co_await calls->ended.async_wait(token);
}

Async<void> users(LoadRun& run, const Words& words) {
  UploadFile song(words[1]);
  const auto all = co_await make_users(run, std::stoul(words[0]));
  const auto start = Clock::now();
  const auto user = [](LoadRun* the_run, const Users* everybody, UploadFile* the_song,
                       std::size_t number) -> Async<void> {
    co_await one_user(*the_run, *(*everybody)[number], *the_song);
  };
  const std::function<Async<void>(std::size_t)> one = std::bind_front(user, &run, &all, &song);
  co_await run_concurrently(all.size(), all.size(), one);
  record_pace(run, "user", start);
}

Async<void> uploads(LoadRun& run, const Words& words) {
  UploadFile song(words[1]);
  const auto count = std::stoul(words[0]);
  const auto owner = co_await make_logged_in_user(run);
  std::vector<std::string> tasks;
  const auto upload = [](LoadRun* the_run, const User* the_owner, UploadFile* the_song,
                         std::vector<std::string>* ids, std::size_t) -> Async<void> {
    User user(*the_run, {});
    user.use(the_owner->token());
    const auto task = co_await user.upload(*the_song, "wav");
    if (task) ids->push_back(*task);
  };
  const auto start = Clock::now();
  const std::function<Async<void>(std::size_t)> one =
      std::bind_front(upload, &run, owner.get(), &song, &tasks);
  co_await run_concurrently(count, count, one);
  run.measurements.number("seconds", seconds_since(start));
  for (const auto& task : tasks) co_await owner->remove(task);
}

Async<void> files(LoadRun& run, const Words& words) {
  UploadFile song(words[3]);
  const auto owner = co_await make_logged_in_user(run);
  const auto file = [](LoadRun* the_run, const User* the_owner, UploadFile* the_song,
                       const std::string* format, std::size_t) -> Async<void> {
    User user(*the_run, {});
    user.use(the_owner->token());
    co_await one_file(*the_run, user, *the_song, *format);
  };
  const auto start = Clock::now();
  const std::function<Async<void>(std::size_t)> one =
      std::bind_front(file, &run, owner.get(), &song, &words[2]);
  co_await run_concurrently(std::stoul(words[0]), std::stoul(words[1]), one);
  record_pace(run, "file", start);
}

Async<void> gets(LoadRun& run, const Words& words) {
  const auto until = Clock::now() + std::chrono::milliseconds(std::stol(words[1]) * 1000);
  const auto count = std::stoul(words[2]);
  const auto repeat_get = [](LoadRun* the_run, const Words* all, Clock::time_point end,
                             std::size_t) -> Async<void> {
    HttpClient connection(the_run->context, the_run->server);
    const Request request{"GET", (*all)[0], all->size() > 3 ? (*all)[3] : std::string(), {}, {}};
    while (Clock::now() < end) {
      const auto start = Clock::now();
      const auto reply = co_await connection.exchange(request);
      the_run->measurements.time("get", seconds_since(start));
      if (!reply.good())
        the_run->measurements.error("get: " + std::to_string(reply.status) + ' ' + reply.error);
    }
  };
  const auto start = Clock::now();
  const std::function<Async<void>(std::size_t)> one = std::bind_front(repeat_get, &run, &words, until);
  co_await run_concurrently(count, count, one);
  run.measurements.number("requests_a_second",
                          static_cast<double>(run.measurements.count("get")) / seconds_since(start));
}

Async<void> prepare_account(LoadRun& run, const Words& words) {
  const auto user = co_await make_logged_in_user(run);
  UploadFile song(words[1]);
  for (auto left = std::stoul(words[0]); left > 0; --left) {
    const auto task = co_await user->upload(song, "wav");
    if (task) co_await user->wait_for(*task);
  }
  std::printf("%s\n", user->token().c_str());
}

}  // namespace bench
