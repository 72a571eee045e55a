// SPDX-License-Identifier: MIT
#include "engine/subscriptions/change_poller.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <thread>
#include <unordered_map>
#include <utility>
#include <vector>

#include "base/try.hpp"

namespace convert::engine {
namespace {

using Steady = std::chrono::steady_clock;

constexpr Revision kUnknownPosition = -1;
constexpr std::size_t kChangesPerRead = 1'000;

/// The shortest time between two reads because of other processes: many small changes are read together.
constexpr std::chrono::milliseconds kNotifiedInterval{10};

/// How subscribers see a job that was removed.
Job removed_job(JobId id, const std::string& owner, Revision revision) {
  Job job;
  job.id = id;
  job.request.owner = owner;
  job.state = JobState::cancelled;
  job.revision = revision;
  job.error = Error{Errc::not_found, "The job does not exist; it was removed."};
  return job;
}

/// Those of the jobs that exist. One query.
Result<std::unordered_map<JobId, Job>> find_jobs(JobStore& store, std::vector<JobId> ids) {
  std::unordered_map<JobId, Job> jobs;
  if (ids.empty()) return jobs;
  std::sort(ids.begin(), ids.end());
  ids.erase(std::unique(ids.begin(), ids.end()), ids.end());
  CONVERT_TRY_ASSIGN(auto found, store.find_many(ids));
  for (Job& job : found) {
    const JobId id = job.id;
    jobs.emplace(id, std::move(job));
  }
  return jobs;
}

/// A cursor in the store's change log. Reads new entries and notifies the subscribers. Used by one thread.
class ChangeCursor {
 public:
  ChangeCursor(JobStore& store, SubscriberRegistry& registry) : store_(store), registry_(registry) {}

  /// Skips entries up to `revision`: they were written while there was no subscriber.
  void skip_to(Revision revision) { position_ = std::max(position_, revision); }
  /// Up to where the entries were delivered.
  Revision position() const { return position_; }

  /// Delivers all new entries. After an error, the next call continues where this one stopped.
  Result<void> poll();

  /// Delivers the progress of the jobs that were delivered as running.
  Result<void> poll_progress();

 private:
  Result<void> deliver_snapshots();
  Result<void> handle(std::span<const Change> changes);
  void handle(const Change& change, const std::unordered_map<JobId, Job>& jobs);
  void notify_subscribers(const Job& job, Revision revision);

  JobStore& store_;
  SubscriberRegistry& registry_;
  Revision position_ = 0;
  SubscriberRegistry::JobSubscribers awaiting_snapshot_;  // wait for their job's present state
  std::unordered_map<JobId, Revision> delivered_ahead_;   // delivered already, ahead of the cursor
  std::unordered_map<JobId, Revision> running_;           // delivered as running
};

Result<void> ChangeCursor::deliver_snapshots() {
  auto added = registry_.take_new_subscribers();
  awaiting_snapshot_.insert(awaiting_snapshot_.end(), std::make_move_iterator(added.begin()),
                            std::make_move_iterator(added.end()));
  std::vector<JobId> ids;
  for (const auto& subscriber : awaiting_snapshot_) ids.push_back(*subscriber->job());
  CONVERT_TRY_ASSIGN(const auto jobs, find_jobs(store_, std::move(ids)));
  while (!awaiting_snapshot_.empty()) {
    const auto notified = std::move(awaiting_snapshot_.back());
    awaiting_snapshot_.pop_back();
    const JobId id = *notified->job();
    const auto found = jobs.find(id);
    const Job job = found != jobs.end() ? found->second : removed_job(id, {}, 0);
    if (job.state == JobState::running) running_[id] = job.revision;
    notified->notify(job, job.revision);
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

/// Reads all jobs that have subscribers at once, after the entries: they are at least as new.
Result<void> ChangeCursor::handle(std::span<const Change> changes) {
  std::vector<JobId> ids;
  for (const Change& change : changes) {
    if (change.kind != ChangeKind::removed && registry_.has_subscribers(change.job))
      ids.push_back(change.job);
  }
  CONVERT_TRY_ASSIGN(const auto jobs, find_jobs(store_, std::move(ids)));
  for (const Change& change : changes) {
    handle(change, jobs);
    position_ = change.revision;
  }
  return {};
}

void ChangeCursor::handle(const Change& change, const std::unordered_map<JobId, Job>& jobs) {
  if (const auto ahead = delivered_ahead_.find(change.job); ahead != delivered_ahead_.end()) {
    const Revision until = ahead->second;
    if (change.revision >= until) delivered_ahead_.erase(ahead);
    if (change.revision <= until) return;
  }
  if (!registry_.has_subscribers(change.job)) return;
  if (change.kind == ChangeKind::removed) {
    notify_subscribers(removed_job(change.job, change.owner, change.revision), change.revision);
    return;
  }
  // Missing: the entry of its removal follows, or its subscriber was added since, who gets its present state.
  const auto found = jobs.find(change.job);
  if (found == jobs.end()) return;
  const Job& job = found->second;
  if (job.revision > change.revision) delivered_ahead_[job.id] = job.revision;
  notify_subscribers(job, job.revision);
}

Result<void> ChangeCursor::poll() {
  CONVERT_TRY(deliver_snapshots());
  for (;;) {
    CONVERT_TRY_ASSIGN(auto lines, store_.changes(position_, kChangesPerRead));
    for (const auto& subscriber : registry_.change_subscribers()) subscriber->notify(lines);
    CONVERT_TRY(handle(lines));
    if (lines.size() < kChangesPerRead) return {};
  }
}

Result<void> ChangeCursor::poll_progress() {
  std::erase_if(running_, [this](const auto& entry) { return !registry_.has_subscribers(entry.first); });
  std::vector<JobId> ids;
  for (const auto& [id, revision] : running_) ids.push_back(id);
  CONVERT_TRY_ASSIGN(const auto jobs, find_jobs(store_, std::move(ids)));
  for (const auto& [id, job] : jobs) {
    const auto running = running_.find(id);
    // Another revision: its entry in the log follows.
    if (running == running_.end() || job.revision != running->second) continue;
    for (const auto& subscriber : registry_.subscribers_of(id))
      subscriber->notify_progress(job, job.progress);
  }
  return {};
}

}  // namespace

struct ChangePoller::State {
  State(std::shared_ptr<JobStore> its_store, std::shared_ptr<SubscriberRegistry> its_registry,
        std::chrono::milliseconds its_polling, std::chrono::milliseconds its_heartbeat, EngineLog its_log)
      : store(std::move(its_store)),
        registry(std::move(its_registry)),
        polling(its_polling),
        heartbeat(its_heartbeat),
        log(std::move(its_log)),
        change_cursor(*store, *registry) {}

  const std::shared_ptr<JobStore> store;
  const std::shared_ptr<SubscriberRegistry> registry;
  const std::chrono::milliseconds polling;
  const std::chrono::milliseconds heartbeat;
  const EngineLog log;

  std::mutex mutex;
  std::condition_variable wake_up;
  bool wake_requested = false;  // read at once
  bool notified = false;        // read soon: another process has changed something
  bool closed = false;
  bool ever_subscribed = false;
  bool must_seek = false;             // no subscriber needs earlier entries...
  std::optional<Revision> seek_to{};  // ... than those after this one, or than those that do not exist yet
  std::atomic<Revision> position{kUnknownPosition};
  std::thread thread;

  ChangeCursor change_cursor;  // used by the thread only
  Steady::time_point last_poll{};
  Steady::time_point next_progress_poll{};
  bool failing = false;
  std::shared_ptr<void> notifications;  // last: its callback uses the other members

  /// Waits until there is work. False: closed.
  bool wait();
  void poll();
  Result<void> seek();
  void run();
  void notify();
};

void ChangePoller::State::run() {
  notifications = store->notify_changes([this]() { notify(); });
  while (wait()) poll();
  notifications.reset();
}

/// Called by the store.
void ChangePoller::State::notify() {
  if (registry->empty()) return;
  {
    const std::scoped_lock lock(mutex);
    notified = true;
  }
  wake_up.notify_one();
}

bool ChangePoller::State::wait() {
  std::unique_lock lock(mutex);
  const auto due = [this]() { return wake_requested || closed; };
  if (registry->empty()) {
    wake_up.wait(lock, due);
  } else {
    wake_up.wait_for(lock, polling, [&]() { return due() || notified; });
    if (notified) wake_up.wait_until(lock, last_poll + kNotifiedInterval, due);
  }
  wake_requested = notified = false;
  last_poll = Steady::now();
  return !closed;
}

/// Skips what was written while there was no subscriber.
Result<void> ChangePoller::State::seek() {
  std::unique_lock lock(mutex);
  if (!must_seek) return {};
  if (!seek_to) {
    lock.unlock();
    CONVERT_TRY_ASSIGN(const Revision end, store->last_revision());
    lock.lock();
    seek_to = std::min(end, seek_to.value_or(end));  // a subscriber may have been added meanwhile
  }
  change_cursor.skip_to(*std::exchange(seek_to, {}));
  must_seek = false;
  return {};
}

void ChangePoller::State::poll() {
  auto polled = seek();
  if (polled) {
    polled = change_cursor.poll();
    position = change_cursor.position();
  }
  if (polled && Steady::now() >= next_progress_poll) {
    next_progress_poll = Steady::now() + heartbeat;
    polled = change_cursor.poll_progress();
  }
  // Logs once, not on every attempt until the store is back.
  if (!polled && !failing) {
    log.warning(0, fmt::format("Subscribers wait because the store fails: {}", polled.error().message));
  }
  failing = !polled;
}

ChangePoller::ChangePoller(std::shared_ptr<JobStore> store, std::shared_ptr<SubscriberRegistry> registry,
                           std::chrono::milliseconds polling, std::chrono::milliseconds heartbeat,
                           EngineLog log)
    : state_(std::make_shared<State>(std::move(store), std::move(registry), polling, heartbeat,
                                     std::move(log))) {}

ChangePoller::~ChangePoller() {
  std::thread thread;
  {
    const std::scoped_lock lock(state_->mutex);
    state_->closed = true;
    thread.swap(state_->thread);
  }
  state_->wake_up.notify_all();
  if (!thread.joinable()) return;
  if (thread.get_id() == std::this_thread::get_id()) {
    thread.detach();  // the thread owns its state
  } else {
    thread.join();
  }
}

std::optional<Revision> ChangePoller::position() const noexcept {
  const Revision position = state_->position;
  return position == kUnknownPosition ? std::nullopt : std::optional(position);
}

void ChangePoller::subscriber_added(std::optional<Revision> after, bool first) {
  {
    const std::scoped_lock lock(state_->mutex);
    if (state_->must_seek) {
      if (after) state_->seek_to = std::min(*after, state_->seek_to.value_or(*after));
    } else if (first || !state_->ever_subscribed) {
      state_->must_seek = true;
      state_->seek_to = after;
    }
    state_->ever_subscribed = true;
    state_->wake_requested = true;
    if (!state_->thread.joinable()) state_->thread = std::thread([state = state_]() { state->run(); });
  }
  state_->wake_up.notify_one();
}

void ChangePoller::changed() {
  if (state_->registry->empty()) return;
  {
    const std::scoped_lock lock(state_->mutex);
    state_->wake_requested = true;
  }
  state_->wake_up.notify_one();
}

}  // namespace convert::engine
