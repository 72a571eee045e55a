// SPDX-License-Identifier: MIT
#include "engine/reading.hpp"

#include <algorithm>
#include <utility>

namespace convert::engine {
namespace {

constexpr std::size_t kChangesPerRead = 1'000;

/// What is told of a job that is not there any more.
Job removed_job(JobId id, const std::string& owner, Revision revision) {
  Job job;
  job.id = id;
  job.request.owner = owner;
  job.state = JobState::cancelled;
  job.revision = revision;
  job.error = Error{Errc::not_found, "There is no such job; it was removed."};
  return job;
}

}  // namespace

void ChangeCursor::skip_to(Revision revision) { cursor_ = std::max(cursor_.value_or(0), revision); }

Result<void> ChangeCursor::seek_to_end() {
  if (cursor_) return {};
  auto now = store_.statistics();
  if (!now) return std::move(now).error();
  cursor_ = now->revision;
  return {};
}

Result<void> ChangeCursor::deliver_snapshots() {
  auto added = registry_.take_new_subscribers();
  awaiting_snapshot_.insert(awaiting_snapshot_.end(), std::make_move_iterator(added.begin()),
                            std::make_move_iterator(added.end()));
  while (!awaiting_snapshot_.empty()) {
    JobSubscriber& subscriber = *awaiting_snapshot_.back();
    auto job = store_.find(*subscriber.job());
    if (!job && job.error().code != Errc::not_found) return std::move(job).error();
    if (!job) job = removed_job(*subscriber.job(), {}, 0);
    if (job->state == JobState::running) running_[job->id] = job->revision;
    const auto notified = std::move(awaiting_snapshot_.back());
    awaiting_snapshot_.pop_back();
    notified->notify(*job, job->revision);
    if (notified->closed()) registry_.remove(notified);
  }
  return {};
}

void ChangeCursor::notify_subscribers(const Job& job, Revision revision) {
  if (job.state == JobState::running) {
    running_[job.id] = job.revision;
  } else {
    running_.erase(job.id);
  }
  for (const auto& subscriber : registry_.subscribers_of(job.id)) {
    subscriber->notify(job, revision);
    if (subscriber->closed()) registry_.remove(subscriber);
  }
}

Result<void> ChangeCursor::handle(const Change& change) {
  if (const auto ahead = delivered_ahead_.find(change.job); ahead != delivered_ahead_.end()) {
    const Revision until = ahead->second;
    if (change.revision >= until) delivered_ahead_.erase(ahead);
    if (change.revision <= until) return {};
  }
  if (!registry_.has_subscribers(change.job)) return {};
  if (change.kind == ChangeKind::removed) {
    notify_subscribers(removed_job(change.job, change.owner, change.revision), change.revision);
    return {};
  }
  auto job = store_.find(change.job);
  if (!job && job.error().code == Errc::not_found) return {};  // the line that says so follows
  if (!job) return std::move(job).error();
  if (job->revision > change.revision) delivered_ahead_[job->id] = job->revision;
  notify_subscribers(*job, job->revision);
  return {};
}

Result<void> ChangeCursor::poll() {
  if (auto found = seek_to_end(); !found) return found;
  if (auto notified = deliver_snapshots(); !notified) return notified;
  for (;;) {
    auto lines = store_.changes(*cursor_, kChangesPerRead);
    if (!lines) return std::move(lines).error();
    for (const auto& subscriber : registry_.change_subscribers()) subscriber->notify(*lines);
    for (const Change& change : *lines) {
      if (auto handled = handle(change); !handled) return handled;
      cursor_ = change.revision;
    }
    if (lines->size() < kChangesPerRead) return {};
  }
}

Result<void> ChangeCursor::poll_progress() {
  std::erase_if(running_, [this](const auto& entry) { return !registry_.has_subscribers(entry.first); });
  for (const auto& [id, revision] : running_) {
    auto job = store_.find(id);
    if (!job && job.error().code == Errc::not_found) continue;
    if (!job) return std::move(job).error();
    if (job->revision != revision) continue;  // its line in the log will say so
    for (const auto& subscriber : registry_.subscribers_of(id))
      subscriber->notify_progress(*job, job->progress);
  }
  return {};
}

}  // namespace convert::engine
