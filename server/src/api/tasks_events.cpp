// SPDX-License-Identifier: MIT
#include "api/tasks_events.hpp"

#include <chrono>
#include <utility>

#include "api/authentication.hpp"
#include "api/errors.hpp"
#include "api/task_access.hpp"
#include "api/task_events.hpp"
#include "api/task_services.hpp"
#include "http/event_text.hpp"
#include "http/mailbox.hpp"
#include "http/pool.hpp"

namespace convert::server::api {
namespace {

constexpr std::chrono::milliseconds kComeBack{2'000};

/// What lasts as long as the stream: the place it takes, and the watch.
struct Held {
  explicit Held(Slot taken) : slot(std::move(taken)) {}
  Slot slot;
  Subscription watch;
};

Response too_many(Slots::Full full) {
  if (full == Slots::Full::holder) {
    return refusal(429, "too_many_listeners", "You listen to as many tasks as you may at once. Close some.",
                   std::chrono::seconds(5));
  }
  return refusal(503, "busy", "Too many clients listen. Ask for the task from time to time instead.",
                 std::chrono::seconds(5));
}

/// The revision that the client has seen last; nothing: it begins.
std::optional<Revision> seen_by(const Request& request) {
  std::optional<std::string> id = request.argument("lastEventId");
  if (const auto field = request.field("Last-Event-ID")) id = std::string(*field);
  const auto number = http::parse_event_id(id.value_or(""));
  if (!number || *number > INT64_MAX) return {};
  return static_cast<Revision>(*number);
}

/// Blocks.
Result<std::string> first_events(const Engine& engine, const Job& job, std::optional<Revision> seen,
                                 std::string_view user) {
  if (!seen) return state_event(engine, job, user);
  if (*seen >= job.revision) return std::string();
  return missed_events(engine, job, *seen, user);
}

}  // namespace

Async<Response> listen_to_task(Services& services, Request& request) {
  const auto job = co_await task_of(services, request);
  if (!job) co_return refusal(job.error());
  const Identity& who = caller(request);
  auto place = services.tasks.listeners.take(who.account);
  if (const auto* full = std::get_if<Slots::Full>(&place)) co_return too_many(*full);
  auto held = std::make_shared<Held>(std::move(std::get<Slot>(place)));

  const auto seen = seen_by(request);
  auto read = [&] { return first_events(services.engine, *job, seen, who.name); };
  auto first = co_await services.pool.run(read);
  if (!first) co_return refusal(first.error());
  auto mailbox = http::Mailbox::make(request.executor);
  auto teller = std::make_shared<TaskTeller>(services.engine, who.name, *job, mailbox);
  held->watch = services.engine.watch(job->id, [teller](const Job& now) { teller->tell(now); });
  std::string text = http::retry_text(kComeBack) + *first;
  co_return http::event_response(http::event_source(request, std::move(mailbox), std::move(text),
                                                    std::move(held), standing(services, request)));
}

}  // namespace convert::server::api
