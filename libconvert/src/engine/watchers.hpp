// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <functional>
#include <future>
#include <memory>
#include <optional>

#include <convert/engine.hpp>

#include "engine/callback_thread.hpp"
#include "engine/change_watcher.hpp"
#include "engine/log.hpp"
#include "engine/teller.hpp"
#include "engine/watcher.hpp"

namespace convert::engine {

/// Those who watch. All they are told comes from the store's log of changes, in its order, whoever made the
/// change; progress comes from here too, and is told between. Thread-safe.
class Watchers {
 public:
  Watchers(std::shared_ptr<JobStore> store, Executor executor, std::chrono::milliseconds polling,
           std::chrono::milliseconds heartbeat, Log log);
  ~Watchers();
  Watchers(const Watchers&) = delete;
  Watchers& operator=(const Watchers&) = delete;

  Subscription watch(JobId id, std::function<void(const Job&)> told);
  Subscription watch_all(std::function<void(const Job&)> told);
  Subscription watch_changes(ChangeWatcher::Told told);
  std::future<Job> finished(JobId id);

  /// This engine changed a job: whoever watches hears of it at once.
  void changed(Revision revision);

  /// A job that this engine runs is so far.
  void progress(const Job& job, double fraction);

 private:
  template <class AnyWatcher>
  void add(const std::shared_ptr<AnyWatcher>& watcher, std::optional<Revision> begin);
  template <class AnyWatcher>
  Subscription subscribe(std::shared_ptr<AnyWatcher> watcher, std::optional<Revision> begin);
  std::optional<Revision> latest() const;

  const std::shared_ptr<JobStore> store_;
  const std::shared_ptr<Board> board_;
  CallbackThread thread_;  // before the teller, which posts to it
  const Executor executor_;
  Teller teller_;
};

}  // namespace convert::engine
