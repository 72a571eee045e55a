// SPDX-License-Identifier: MIT
#include "user.hpp"

#include <fmt/format.h>

#include <utility>

namespace bench {
namespace {

constexpr std::chrono::milliseconds kBetweenLooks(500);
constexpr const char* kPassword = "correct horse 1";

}  // namespace

double since(Clock::time_point begin) { return std::chrono::duration<double>(Clock::now() - begin).count(); }

std::string member(const std::string& json, const std::string& name) {
  const auto key = json.find('"' + name + '"');
  if (key == std::string::npos) return {};
  auto begin = json.find_first_not_of(": ", key + name.size() + 2);
  if (begin == std::string::npos) return {};
  const bool text = json[begin] == '"';
  if (text) ++begin;
  return json.substr(begin, json.find_first_of(text ? "\"" : ",} ", begin) - begin);
}

User::User(Run& run, std::string name)
    : run_(run), name_(std::move(name)), connection_(run.context, run.server) {}

Async<Reply> User::step(const char* name, Request& request, Connection::Body body) {
  const auto begin = Clock::now();
  request.token = token_;
  for (;;) {
    auto reply = co_await connection_.ask(request, body);
    const bool later = (reply.status == 429 || reply.status == 503) && reply.retry_after;
    if (!later) {
      if (!reply.good())
        run_.figures.error(fmt::format("{}: {} {}", name, reply.status,
                                       reply.status == 0 ? reply.trouble : member(reply.body, "error")));
      run_.figures.time(name, since(begin));
      co_return reply;
    }
    run_.figures.retried();
    co_await pause(*reply.retry_after);
  }
}

Async<bool> User::sign_up() {
  const auto fields =
      fmt::format(R"({{"username":"{0}","email":"{0}@example.com","password1":"{1}","password2":"{1}"}})",
                  name_, kPassword);
  Request request{"POST", "/api/auth/signup", {}, "application/json", {fields}};
  const auto reply = co_await step("signup", request);
  co_return reply.good();
}

Async<bool> User::log_in() {
  const auto fields = fmt::format(R"({{"username":"{}","password":"{}"}})", name_, kPassword);
  Request request{"POST", "/api/auth/login", {}, "application/json", {fields}};
  const auto reply = co_await step("login", request);
  token_ = member(reply.body, "access_token");
  co_return reply.good() && !token_.empty();
}

Async<std::optional<std::string>> User::upload(Song& song, const std::string& format) {
  const auto begin = song.begin(format);
  const auto end = Song::end();
  Request request{"POST", "/api/tasks", {}, Song::type(), {begin, song.bytes(), end}};
  const auto reply = co_await step("upload", request);
  if (!reply.good()) co_return std::nullopt;
  co_return member(reply.body, "id");
}

Async<bool> User::list() {
  Request request{"GET", "/api/tasks?max=10&order=1", {}, {}, {}};
  const auto reply = co_await step("list", request);
  co_return reply.good();
}

Async<bool> User::wait_for(const std::string& task) {
  const auto begin = Clock::now();
  for (;;) {
    Request request{"GET", "/api/tasks/" + task, {}, {}, {}};
    const auto reply = co_await step("look", request);
    if (!reply.good()) co_return false;
    const auto state = member(reply.body, "state");
    if (state == "PROCESSED") break;
    if (state != "UPLOADED" && state != "PROCESSING") {
      run_.figures.error("wait: the task is " + state);
      co_return false;
    }
    co_await pause(kBetweenLooks);
  }
  run_.figures.time("wait", since(begin));
  co_return true;
}

Async<bool> User::download(const std::string& task) {
  Request request{"GET", "/api/tasks/" + task + "/output", {}, {}, {}};
  const auto reply = co_await step("download", request, Connection::Body::drop);
  run_.figures.received(reply.bytes);
  co_return reply.good();
}

Async<bool> User::remove(const std::string& task) {
  Request request{"DELETE", "/api/tasks/" + task, {}, {}, {}};
  const auto reply = co_await step("remove", request);
  co_return reply.good();
}

}  // namespace bench
