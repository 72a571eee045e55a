// SPDX-License-Identifier: MIT
#include "engine/subscriptions/subscriptions.hpp"

#include <condition_variable>
#include <deque>
#include <mutex>
#include <thread>
#include <utility>

#include <convert/engine.hpp>

namespace convert::engine {

struct CallbackThread::State {
  std::mutex mutex;
  std::condition_variable posted;
  std::deque<std::function<void()>> callbacks;
  bool closed = false;
  std::thread thread;

  void run() {
    std::unique_lock lock(mutex);
    for (;;) {
      posted.wait(lock, [this]() { return closed || !callbacks.empty(); });
      if (closed) return;
      auto callback = std::move(callbacks.front());
      callbacks.pop_front();
      lock.unlock();
      callback();
      callback = {};  // destroys the captures without the lock
      lock.lock();
    }
  }
};

CallbackThread::CallbackThread() : state_(std::make_shared<State>()) {}

CallbackThread::~CallbackThread() {
  std::deque<std::function<void()>> forgotten;
  std::thread thread;
  {
    const std::scoped_lock lock(state_->mutex);
    state_->closed = true;
    forgotten.swap(state_->callbacks);
    thread.swap(state_->thread);
  }
  state_->posted.notify_all();
  if (!thread.joinable()) return;
  if (thread.get_id() == std::this_thread::get_id()) {
    thread.detach();  // the thread owns its state
  } else {
    thread.join();
  }
}

void CallbackThread::post(std::function<void()> callback) {
  {
    const std::scoped_lock lock(state_->mutex);
    if (state_->closed) return;
    state_->callbacks.push_back(std::move(callback));
    if (!state_->thread.joinable()) state_->thread = std::thread([state = state_]() { state->run(); });
  }
  state_->posted.notify_one();
}

}  // namespace convert::engine

namespace convert {

Subscription::Subscription() = default;
Subscription::Subscription(std::function<void()> cancel) : cancel_(std::move(cancel)) {}
Subscription::Subscription(Subscription&& other) noexcept : cancel_(std::exchange(other.cancel_, {})) {}

Subscription& Subscription::operator=(Subscription&& other) noexcept {
  if (this != &other) {
    reset();
    cancel_ = std::exchange(other.cancel_, {});
  }
  return *this;
}

Subscription::~Subscription() { reset(); }

void Subscription::reset() noexcept {
  if (const auto cancel = std::exchange(cancel_, {})) cancel();
}

}  // namespace convert

namespace convert::engine {
namespace {

JobSubscriber::Callback keep_subscribed(std::function<void(const Job&)> callback) {
  return [callback = std::move(callback)](const Job& job) {
    callback(job);
    return true;
  };
}

std::future<Job> ready_future(Job job) {
  std::promise<Job> promise;
  promise.set_value(std::move(job));
  return promise.get_future();
}

Job failed_job(JobId id, Error error) {
  Job job;
  job.id = id;
  job.state = JobState::failed;
  job.error = std::move(error);
  return job;
}

}  // namespace

Subscriptions::Subscriptions(std::shared_ptr<JobStore> store, Executor executor,
                             std::chrono::milliseconds polling, std::chrono::milliseconds heartbeat,
                             EngineLog log)
    : store_(std::move(store)),
      registry_(std::make_shared<SubscriberRegistry>()),
      executor_(executor ? std::move(executor)
                         : [this](std::function<void()> call) { thread_.post(std::move(call)); }),
      change_poller_(store_, registry_, polling, heartbeat, std::move(log)) {}

Subscriptions::~Subscriptions() { registry_->close(); }

/// The end of the change log. If the store fails, where the subscribers are, if there are any.
std::optional<Revision> Subscriptions::latest() const {
  const auto now = store_->last_revision();
  return now ? std::optional(*now) : change_poller_.position();
}

template <class AnySubscriber>
void Subscriptions::add(const std::shared_ptr<AnySubscriber>& subscriber, std::optional<Revision> after) {
  const bool first = registry_->add(subscriber);
  change_poller_.subscriber_added(after, first);
}

template <class AnySubscriber>
Subscription Subscriptions::subscribe(std::shared_ptr<AnySubscriber> subscriber,
                                      std::optional<Revision> after) {
  add(subscriber, after);
  return Subscription([registry = std::weak_ptr(registry_), subscriber = std::move(subscriber)]() {
    subscriber->close();
    if (const auto there = registry.lock()) there->remove(subscriber);
  });
}

Subscription Subscriptions::watch(JobId id, std::function<void(const Job&)> callback) {
  return subscribe(std::make_shared<JobSubscriber>(id, keep_subscribed(std::move(callback)), executor_), {});
}

Subscription Subscriptions::watch_all(std::function<void(const Job&)> callback) {
  const auto after = latest();
  return subscribe(std::make_shared<JobSubscriber>(AllJobsAfter{after.value_or(0)},
                                                   keep_subscribed(std::move(callback)), executor_),
                   after);
}

Subscription Subscriptions::watch_changes(ChangeSubscriber::Callback callback) {
  const auto after = latest();
  return subscribe(std::make_shared<ChangeSubscriber>(after.value_or(0), std::move(callback), executor_),
                   after);
}

std::future<Job> Subscriptions::finished(JobId id) {
  auto job = store_->find(id);
  if (!job && !job.error().retryable) return ready_future(failed_job(id, std::move(job).error()));
  if (job && ended(job->state)) return ready_future(std::move(*job));
  const auto promise = std::make_shared<std::promise<Job>>();
  auto future = promise->get_future();
  auto callback = [promise](const Job& now) {
    if (!ended(now.state)) return true;
    promise->set_value(now);
    return false;
  };
  // Fulfils the promise directly, without the executor.
  add(std::make_shared<JobSubscriber>(id, std::move(callback), Executor()), {});
  return future;
}

void Subscriptions::changed() { change_poller_.changed(); }

void Subscriptions::progress(const Job& job, double fraction) {
  if (registry_->empty()) return;
  for (const auto& subscriber : registry_->subscribers_of(job.id)) subscriber->notify_progress(job, fraction);
}

}  // namespace convert::engine
