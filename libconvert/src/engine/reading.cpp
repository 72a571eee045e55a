// SPDX-License-Identifier: MIT
#include "engine/reading.hpp"

#include <algorithm>
#include <utility>

namespace convert::engine {
namespace {

constexpr std::size_t kLines = 1'000;

/// What is told of a job that is not there any more.
Job gone(JobId id, const std::string& owner, Revision revision) {
  Job job;
  job.id = id;
  job.request.owner = owner;
  job.state = JobState::cancelled;
  job.revision = revision;
  job.error = Error{Errc::not_found, "There is no such job; it was removed."};
  return job;
}

}  // namespace

void Reading::skip_to(Revision revision) { cursor_ = std::max(cursor_.value_or(0), revision); }

Result<void> Reading::find_the_end() {
  if (cursor_) return {};
  auto now = store_.statistics();
  if (!now) return std::move(now).error();
  cursor_ = now->revision;
  return {};
}

Result<void> Reading::greet() {
  auto fresh = board_.take_fresh();
  greeting_.insert(greeting_.end(), std::make_move_iterator(fresh.begin()),
                   std::make_move_iterator(fresh.end()));
  while (!greeting_.empty()) {
    Watcher& watcher = *greeting_.back();
    auto job = store_.find(*watcher.job());
    if (!job && job.error().code != Errc::not_found) return std::move(job).error();
    if (!job) job = gone(*watcher.job(), {}, 0);
    if (job->state == JobState::running) running_[job->id] = job->revision;
    const auto greeted = std::move(greeting_.back());
    greeting_.pop_back();
    greeted->tell(*job, job->revision);
    if (greeted->ended()) board_.remove(greeted);
  }
  return {};
}

void Reading::tell(const Job& job, Revision revision) {
  if (job.state == JobState::running) {
    running_[job.id] = job.revision;
  } else {
    running_.erase(job.id);
  }
  for (const auto& watcher : board_.of(job.id)) {
    watcher->tell(job, revision);
    if (watcher->ended()) board_.remove(watcher);
  }
}

Result<void> Reading::handle(const Change& change) {
  if (const auto told = ahead_.find(change.job); told != ahead_.end()) {
    const Revision until = told->second;
    if (change.revision >= until) ahead_.erase(told);
    if (change.revision <= until) return {};
  }
  if (!board_.watched(change.job)) return {};
  if (change.kind == ChangeKind::removed) {
    tell(gone(change.job, change.owner, change.revision), change.revision);
    return {};
  }
  auto job = store_.find(change.job);
  if (!job && job.error().code == Errc::not_found) return {};  // the line that says so follows
  if (!job) return std::move(job).error();
  if (job->revision > change.revision) ahead_[job->id] = job->revision;
  tell(*job, job->revision);
  return {};
}

Result<void> Reading::go_on() {
  if (auto found = find_the_end(); !found) return found;
  if (auto greeted = greet(); !greeted) return greeted;
  for (;;) {
    auto lines = store_.changes(*cursor_, kLines);
    if (!lines) return std::move(lines).error();
    for (const auto& watcher : board_.of_changes()) watcher->tell(*lines);
    for (const Change& change : *lines) {
      if (auto handled = handle(change); !handled) return handled;
      cursor_ = change.revision;
    }
    if (lines->size() < kLines) return {};
  }
}

Result<void> Reading::look_at_progress() {
  std::erase_if(running_, [this](const auto& entry) { return !board_.watched(entry.first); });
  for (const auto& [id, revision] : running_) {
    auto job = store_.find(id);
    if (!job && job.error().code == Errc::not_found) continue;
    if (!job) return std::move(job).error();
    if (job->revision != revision) continue;  // its line in the log will say so
    for (const auto& watcher : board_.of(id)) watcher->progress(*job, job->progress);
  }
  return {};
}

}  // namespace convert::engine
