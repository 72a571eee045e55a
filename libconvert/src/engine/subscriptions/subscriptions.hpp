// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <functional>
#include <future>
#include <memory>
#include <optional>

#include <convert/engine.hpp>

#include "engine/engine_log.hpp"
#include "engine/subscriptions/change_poller.hpp"
#include "engine/subscriptions/subscribers.hpp"

namespace convert::engine {

/// Runs callbacks one after the other in a thread of its own, which starts with the first callback. The
/// destructor waits for the running callback and discards the others; the running callback itself may destroy
/// the object. Thread-safe.
class CallbackThread {
 public:
  CallbackThread();
  ~CallbackThread();
  CallbackThread(const CallbackThread&) = delete;
  CallbackThread& operator=(const CallbackThread&) = delete;

  void post(std::function<void()> callback);

 private:
  struct State;
  std::shared_ptr<State> state_;
};

/// The subscriptions of an engine. Changes of any process come from the store's change log, in its order.
/// Progress comes also from this engine. Thread-safe.
class Subscriptions {
 public:
  Subscriptions(std::shared_ptr<JobStore> store, Executor executor, std::chrono::milliseconds polling,
                std::chrono::milliseconds heartbeat, EngineLog log);
  ~Subscriptions();
  Subscriptions(const Subscriptions&) = delete;
  Subscriptions& operator=(const Subscriptions&) = delete;

  Subscription watch(JobId id, std::function<void(const Job&)> callback);
  Subscription watch_all(std::function<void(const Job&)> callback);
  Subscription watch_changes(ChangeSubscriber::Callback callback);
  std::future<Job> finished(JobId id);

  /// This engine changed a job: notifies subscribers without waiting for the next poll.
  void changed();

  /// Reports the progress of a job that this engine runs.
  void progress(const Job& job, double fraction);

 private:
  template <class AnySubscriber>
  void add(const std::shared_ptr<AnySubscriber>& subscriber, std::optional<Revision> after);
  template <class AnySubscriber>
  Subscription subscribe(std::shared_ptr<AnySubscriber> subscriber, std::optional<Revision> after);
  std::optional<Revision> latest() const;

  const std::shared_ptr<JobStore> store_;
  const std::shared_ptr<SubscriberRegistry> registry_;
  CallbackThread thread_;  // before change_poller_, which posts to it
  const Executor executor_;
  ChangePoller change_poller_;
};

}  // namespace convert::engine
