// SPDX-License-Identifier: MIT
#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <span>
#include <vector>

#include <convert/job.hpp>

#include "engine/watcher.hpp"

namespace convert::engine {

/// One who wants the lines of the log themselves. Those that he has not been told yet wait in it, and are
/// told together, one call at a time, on its executor. Thread-safe.
class ChangeWatcher : public std::enable_shared_from_this<ChangeWatcher> {
 public:
  using Told = std::function<void(std::span<const Change>)>;

  /// Lines up to `after` are no news.
  ChangeWatcher(Revision after, Told told, Executor executor);

  /// Lines of the log in their order; those that it has had already may be among them.
  void tell(std::span<const Change> lines);

  /// From now on, no call is begun.
  void end();

 private:
  void drain();

  const Executor executor_;
  std::mutex mutex_;
  std::shared_ptr<const Told> told_;  // null: ended
  Revision after_;
  std::vector<Change> waiting_;
  bool draining_ = false;
};

}  // namespace convert::engine
