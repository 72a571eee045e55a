// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <memory>
#include <optional>

#include <convert/job_store.hpp>

#include "engine/engine_log.hpp"
#include "engine/subscriptions/subscriber_registry.hpp"

namespace convert::engine {

/// A thread that reads the store's change log and notifies the subscribers. It starts with the first
/// subscriber and reads only while there are subscribers: every `polling`, when `changed` wakes it, and when
/// the store says that another process has changed something. Every `heartbeat` it also reads the progress of
/// jobs that other engines run. Thread-safe. A callback may destroy it.
class ChangePoller {
 public:
  ChangePoller(std::shared_ptr<JobStore> store, std::shared_ptr<SubscriberRegistry> registry,
               std::chrono::milliseconds polling, std::chrono::milliseconds heartbeat, EngineLog log);
  ~ChangePoller();
  ChangePoller(const ChangePoller&) = delete;
  ChangePoller& operator=(const ChangePoller&) = delete;

  /// The position in the change log up to which subscribers were notified, if any.
  std::optional<Revision> position() const noexcept;

  /// A subscriber was added. It receives changes after `after`; if that is unknown, after those that exist
  /// when the thread reads next. `first`: it is the only one, so earlier changes can be skipped. `after`
  /// comes from the change log, not from a job: an entry with a lower revision than a job's may appear later.
  void subscriber_added(std::optional<Revision> after, bool first);

  /// The change log has a new entry, or will have it soon.
  void changed();

 private:
  struct State;
  std::shared_ptr<State> state_;
};

}  // namespace convert::engine
