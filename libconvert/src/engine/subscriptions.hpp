// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <functional>
#include <future>
#include <memory>
#include <optional>

#include <convert/engine.hpp>

#include "engine/change_poller.hpp"
#include "engine/engine_log.hpp"
#include "engine/subscribers.hpp"

namespace convert::engine {

/// Where callbacks run when the host has no place of its own for them: a thread, started when it is first
/// needed, which runs one after the other. Destroyed, it lets the one that runs come to its end and forgets
/// the others; that one may be who destroys it. Thread-safe.
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

/// Those who watch. All they are told comes from the store's log of changes, in its order, whoever made the
/// change; progress comes from here too, and is told between. Thread-safe.
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

  /// This engine changed a job: whoever watches hears of it at once.
  void changed(Revision revision);

  /// A job that this engine runs is so far.
  void progress(const Job& job, double fraction);

 private:
  template <class AnySubscriber>
  void add(const std::shared_ptr<AnySubscriber>& subscriber, std::optional<Revision> after);
  template <class AnySubscriber>
  Subscription subscribe(std::shared_ptr<AnySubscriber> subscriber, std::optional<Revision> after);
  std::optional<Revision> latest() const;

  const std::shared_ptr<JobStore> store_;
  const std::shared_ptr<SubscriberRegistry> registry_;
  CallbackThread thread_;  // before the teller, which posts to it
  const Executor executor_;
  ChangePoller change_poller_;
};

}  // namespace convert::engine
