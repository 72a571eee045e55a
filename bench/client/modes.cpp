// SPDX-License-Identifier: MIT
#include "modes.hpp"

#include <cstdio>
#include <functional>
#include <memory>

namespace bench {
namespace {

constexpr std::size_t kSigningUp = 8;  // at once: hashing passwords is work

using Users = std::vector<std::unique_ptr<User>>;

/// So many with an account.
Async<Users> signed_up(Run& run, std::size_t count) {
  Users users;
  for (std::size_t i = 0; i < count; ++i) users.push_back(std::make_unique<User>(run, fresh_name()));
  const auto sign_up = [](Users* all, std::size_t number) -> Async<void> {
    co_await (*all)[number]->sign_up();
  };
  const std::function<Async<void>(std::size_t)> one = std::bind_front(sign_up, &users);
  co_await side_by_side(count, kSigningUp, one);
  co_return users;
}

/// Somebody who is logged in.
Async<std::unique_ptr<User>> logged_in(Run& run) {
  auto user = std::make_unique<User>(run, fresh_name());
  co_await user->sign_up();
  co_await user->log_in();
  co_return user;
}

/// From the upload to the deletion of one file.
Async<void> one_file(Run& run, User& user, Song& song, const std::string& format) {
  const auto begin = Clock::now();
  const auto task = co_await user.upload(song, format);
  if (!task) co_return;
  bool good = co_await user.wait_for(*task);
  good = good && co_await user.download(*task);
  if (good) run.figures.time("file", since(begin));
  co_await user.remove(*task);
}

Async<void> one_user(Run& run, User& user, Song& song) {
  const auto begin = Clock::now();
  bool good = co_await user.log_in();
  if (!good) co_return;
  const auto task = co_await user.upload(song, "wav");
  if (!task) co_return;
  good = co_await user.list();
  good = co_await user.wait_for(*task) && good;
  good = good && co_await user.download(*task);
  if (good) run.figures.time("user", since(begin));
  co_await user.remove(*task);
}

void say_pace(Run& run, const char* step, Clock::time_point begin) {
  const auto seconds = since(begin);
  run.figures.number("seconds", seconds);
  run.figures.number("files_a_minute", static_cast<double>(run.figures.count(step)) * 60 / seconds);
}

}  // namespace

Async<void> users(Run& run, const Words& words) {
  Song song(words[1]);
  const auto all = co_await signed_up(run, std::stoul(words[0]));
  const auto begin = Clock::now();
  const auto user = [](Run* the_run, const Users* everybody, Song* the_song,
                       std::size_t number) -> Async<void> {
    co_await one_user(*the_run, *(*everybody)[number], *the_song);
  };
  const std::function<Async<void>(std::size_t)> one = std::bind_front(user, &run, &all, &song);
  co_await side_by_side(all.size(), all.size(), one);
  say_pace(run, "user", begin);
}

Async<void> uploads(Run& run, const Words& words) {
  Song song(words[1]);
  const auto count = std::stoul(words[0]);
  const auto owner = co_await logged_in(run);
  std::vector<std::string> tasks;
  const auto upload = [](Run* the_run, const User* the_owner, Song* the_song, std::vector<std::string>* ids,
                         std::size_t) -> Async<void> {
    User user(*the_run, {});
    user.use(the_owner->token());
    const auto task = co_await user.upload(*the_song, "wav");
    if (task) ids->push_back(*task);
  };
  const auto begin = Clock::now();
  const std::function<Async<void>(std::size_t)> one =
      std::bind_front(upload, &run, owner.get(), &song, &tasks);
  co_await side_by_side(count, count, one);
  run.figures.number("seconds", since(begin));
  for (const auto& task : tasks) co_await owner->remove(task);
}

Async<void> files(Run& run, const Words& words) {
  Song song(words[3]);
  const auto owner = co_await logged_in(run);
  const auto file = [](Run* the_run, const User* the_owner, Song* the_song, const std::string* format,
                       std::size_t) -> Async<void> {
    User user(*the_run, {});
    user.use(the_owner->token());
    co_await one_file(*the_run, user, *the_song, *format);
  };
  const auto begin = Clock::now();
  const std::function<Async<void>(std::size_t)> one =
      std::bind_front(file, &run, owner.get(), &song, &words[2]);
  co_await side_by_side(std::stoul(words[0]), std::stoul(words[1]), one);
  say_pace(run, "file", begin);
}

Async<void> gets(Run& run, const Words& words) {
  const auto until = Clock::now() + std::chrono::milliseconds(std::stol(words[1]) * 1000);
  const auto count = std::stoul(words[2]);
  const auto ask = [](Run* the_run, const Words* all, Clock::time_point end, std::size_t) -> Async<void> {
    Connection connection(the_run->context, the_run->server);
    const Request request{"GET", (*all)[0], all->size() > 3 ? (*all)[3] : std::string(), {}, {}};
    while (Clock::now() < end) {
      const auto begin = Clock::now();
      const auto reply = co_await connection.ask(request);
      the_run->figures.time("get", since(begin));
      if (!reply.good()) the_run->figures.error("get: " + std::to_string(reply.status) + ' ' + reply.trouble);
    }
  };
  const auto begin = Clock::now();
  const std::function<Async<void>(std::size_t)> one = std::bind_front(ask, &run, &words, until);
  co_await side_by_side(count, count, one);
  run.figures.number("requests_a_second", static_cast<double>(run.figures.count("get")) / since(begin));
}

Async<void> someone(Run& run, const Words& words) {
  const auto user = co_await logged_in(run);
  Song song(words[1]);
  for (auto left = std::stoul(words[0]); left > 0; --left) {
    const auto task = co_await user->upload(song, "wav");
    if (task) co_await user->wait_for(*task);
  }
  std::printf("%s\n", user->token().c_str());
}

}  // namespace bench
