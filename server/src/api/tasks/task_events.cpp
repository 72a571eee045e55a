// SPDX-License-Identifier: MIT
#include "api/tasks/task_events.hpp"

#include <fmt/format.h>
#include <chrono>
#include <utility>

#include "api/auth/authentication.hpp"
#include "api/convert/format_list.hpp"
#include "api/handlers.hpp"
#include "api/support/problems.hpp"
#include "api/support/services.hpp"
#include "api/tasks/task_access.hpp"
#include "api/tasks/task_json.hpp"
#include "base/try.hpp"
#include "http/connection/blocking_pool.hpp"
#include "http/content/event_format.hpp"
#include "http/content/event_stream.hpp"

namespace convert::server::api {
namespace {

constexpr std::size_t kMaxMissedChanges = 1'000;

std::uint64_t event_id(Revision revision) { return static_cast<std::uint64_t>(revision); }

/// The job as it was after an earlier change, as far as the change log records it.
Job job_at_change(const Job& now, const Change& change) {
  Job then = now;
  then.state = change.state;
  then.revision = change.revision;
  then.outputs.clear();
  then.warnings.clear();
  then.error.reset();
  then.progress = 0;
  return then;
}

bool was_removed(const Job& job) {
  return job.state == JobState::cancelled && job.error && job.error->code == Errc::not_found;
}

constexpr std::chrono::milliseconds kReconnectDelay{2'000};

/// Lives as long as the stream: its slot and its subscription.
struct StreamResources {
  explicit StreamResources(Slot taken) : slot(std::move(taken)) {}
  Slot slot;
  Subscription watch;
};

/// The revision that the client has seen last; nullopt for a new stream.
std::optional<Revision> last_event_id(const Request& request) {
  std::optional<std::string> id = request.query_parameter("lastEventId");
  if (const auto field = request.field("Last-Event-ID")) id = std::string(*field);
  const auto number = http::parse_event_id(id.value_or(""));
  if (!number || *number > INT64_MAX) return {};
  return static_cast<Revision>(*number);
}

/// Blocks.
Outcome<std::string> initial_events(const Engine& engine, const Job& job, std::optional<Revision> seen,
                                    std::string_view user) {
  if (!seen) return state_event(engine, job, user);
  if (*seen >= job.revision) return std::string();
  return missed_events(engine, job, *seen, user);
}

}  // namespace

std::string state_event(const Engine& engine, const Job& job, std::string_view user) {
  const KnownFormats formats(engine);
  return http::format_event("state", event_id(job.revision), task_json(job, user, formats.rows()));
}

Outcome<std::string> missed_events(const Engine& engine, const Job& job, Revision seen,
                                   std::string_view user) {
  const std::string now = state_event(engine, job, user);
  CONVERT_TRY_ASSIGN(const auto changes, engine.changes(job.id, seen, kMaxMissedChanges));
  if (changes.size() == kMaxMissedChanges) return now;
  std::string events;
  for (const Change& change : changes) {
    if (change.revision < job.revision) events += state_event(engine, job_at_change(job, change), user);
  }
  return events + now;
}

void TaskEventWriter::write(const Job& job) {
  const std::lock_guard lock(mutex_);
  if (was_removed(job)) {
    mailbox_->push(http::format_event("removed", {}, fmt::format("{{\"id\":{}}}", job.id)));
    mailbox_->end();
  } else if (job.revision > last_revision_) {
    last_revision_ = job.revision;
    last_progress_ = job.progress;
    mailbox_->push(state_event(engine_, job, user_));
  } else if (job.revision == last_revision_ && job.progress != last_progress_) {
    last_progress_ = job.progress;
    mailbox_->set_latest(http::format_event("progress", {}, progress_json(job)));
  }
}

Async<Outcome<Response>> stream_task_events(Services& services, Request& request) {
  CONVERT_CO_TRY_ASSIGN(const auto job, find_task(services, request));
  const Identity& who = caller(request);
  CONVERT_CO_CHECK_ASSIGN(auto slot, services.tasks.event_streams.take(who.account));
  auto resources = std::make_shared<StreamResources>(std::move(slot));

  const auto seen = last_event_id(request);
  auto read = [&] { return initial_events(services.engine, job, seen, who.name); };
  CONVERT_CO_TRY_ASSIGN(auto first, services.pool.run(read));
  auto mailbox = http::EventQueue::make(request.executor);
  auto writer = std::make_shared<TaskEventWriter>(services.engine, who.name, job, mailbox);
  resources->watch = services.engine.watch(job.id, [writer](const Job& now) { writer->write(now); });
  std::string text = http::format_retry(kReconnectDelay) + first;
  co_return http::event_stream_response(http::make_event_stream(request, std::move(mailbox), std::move(text),
                                                                std::move(resources),
                                                                credential_recheck(services, request)));
}

}  // namespace convert::server::api
