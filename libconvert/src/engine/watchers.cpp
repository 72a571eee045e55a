// SPDX-License-Identifier: MIT
#include "engine/watchers.hpp"

#include <utility>

namespace convert::engine {
namespace {

Watcher::Told always(std::function<void(const Job&)> told) {
  return [told = std::move(told)](const Job& job) {
    told(job);
    return true;
  };
}

std::future<Job> ready(Job job) {
  std::promise<Job> promise;
  promise.set_value(std::move(job));
  return promise.get_future();
}

Job failed(JobId id, Error error) {
  Job job;
  job.id = id;
  job.state = JobState::failed;
  job.error = std::move(error);
  return job;
}

}  // namespace

Watchers::Watchers(std::shared_ptr<JobStore> store, Executor executor, std::chrono::milliseconds polling,
                   std::chrono::milliseconds heartbeat, Log log)
    : store_(std::move(store)),
      board_(std::make_shared<Board>()),
      executor_(executor ? std::move(executor)
                         : [this](std::function<void()> call) { thread_.post(std::move(call)); }),
      teller_(store_, board_, polling, heartbeat, std::move(log)) {}

Watchers::~Watchers() { board_->end(); }

/// The end of the log, or what we know of it.
std::optional<Revision> Watchers::latest() const {
  auto now = store_->statistics();
  return now ? std::optional(now->revision) : teller_.known();
}

template <class AnyWatcher>
void Watchers::add(const std::shared_ptr<AnyWatcher>& watcher, std::optional<Revision> begin) {
  const bool first = board_->add(watcher);
  teller_.watched(begin, first);
}

template <class AnyWatcher>
Subscription Watchers::subscribe(std::shared_ptr<AnyWatcher> watcher, std::optional<Revision> begin) {
  add(watcher, begin);
  return Subscription([board = std::weak_ptr(board_), watcher = std::move(watcher)]() {
    watcher->end();
    if (const auto there = board.lock()) there->remove(watcher);
  });
}

Subscription Watchers::watch(JobId id, std::function<void(const Job&)> told) {
  const auto known = teller_.known();
  const auto begin = known ? known : latest();
  return subscribe(std::make_shared<Watcher>(id, always(std::move(told)), executor_), begin);
}

Subscription Watchers::watch_all(std::function<void(const Job&)> told) {
  const auto begin = latest();
  return subscribe(std::make_shared<Watcher>(AllAfter{begin.value_or(0)}, always(std::move(told)), executor_),
                   begin);
}

Subscription Watchers::watch_changes(ChangeWatcher::Told told) {
  const auto begin = latest();
  return subscribe(std::make_shared<ChangeWatcher>(begin.value_or(0), std::move(told), executor_), begin);
}

std::future<Job> Watchers::finished(JobId id) {
  auto job = store_->find(id);
  if (!job && !job.error().retryable) return ready(failed(id, std::move(job).error()));
  if (job && ended(job->state)) return ready(std::move(*job));
  const auto promise = std::make_shared<std::promise<Job>>();
  auto future = promise->get_future();
  auto told = [promise](const Job& now) {
    if (!ended(now.state)) return true;
    promise->set_value(now);
    return false;
  };
  // A promise is kept at once: no executor stands between.
  const auto begin = teller_.known();
  add(std::make_shared<Watcher>(id, std::move(told), Executor()), begin);
  return future;
}

void Watchers::changed(Revision revision) { teller_.changed(revision); }

void Watchers::progress(const Job& job, double fraction) {
  if (board_->empty()) return;
  for (const auto& watcher : board_->of(job.id)) watcher->progress(job, fraction);
}

}  // namespace convert::engine
