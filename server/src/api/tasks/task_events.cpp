// SPDX-License-Identifier: MIT
#include "api/tasks/task_events.hpp"

#include <fmt/format.h>

#include <utility>

#include "api/convert/known_formats.hpp"
#include "api/tasks/task_json.hpp"
#include "http/content/event_stream.hpp"

namespace convert::server::api {
namespace {

constexpr std::size_t kChangesPage = 1'000;  // lines of the log
constexpr int kMaxChangePages = 10;

std::uint64_t event_id(Revision revision) { return static_cast<std::uint64_t>(revision); }

/// The job as it was after an earlier change, as far as the log tells.
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

}  // namespace

std::string state_event(const Engine& engine, const Job& job, std::string_view user) {
  const KnownFormats formats(engine);
  return http::format_event("state", event_id(job.revision), task_json(job, user, formats.rows()));
}

Result<std::string> missed_events(const Engine& engine, const Job& job, Revision seen,
                                  std::string_view user) {
  const std::string now = state_event(engine, job, user);
  std::string events;
  for (int page = 0; page < kMaxChangePages; ++page) {
    const auto changes = engine.changes(seen, kChangesPage);
    if (!changes) return changes.error();
    for (const Change& change : *changes) {
      if (change.revision >= job.revision) return events + now;
      if (change.job == job.id) events += state_event(engine, job_at_change(job, change), user);
    }
    if (changes->size() < kChangesPage) return events + now;
    seen = changes->back().revision;
  }
  return now;
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

}  // namespace convert::server::api
