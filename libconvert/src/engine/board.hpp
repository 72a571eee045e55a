// SPDX-License-Identifier: MIT
#pragma once

#include <atomic>
#include <cstddef>
#include <memory>
#include <mutex>
#include <unordered_map>
#include <vector>

#include "engine/change_watcher.hpp"
#include "engine/watcher.hpp"

namespace convert::engine {

/// Who watches what. Thread-safe.
class Board {
 public:
  using Watching = std::vector<std::shared_ptr<Watcher>>;

  /// Whether it is the only one.
  bool add(const std::shared_ptr<Watcher>& watcher);
  bool add(const std::shared_ptr<ChangeWatcher>& watcher);
  void remove(const std::shared_ptr<Watcher>& watcher);
  void remove(const std::shared_ptr<ChangeWatcher>& watcher);

  bool empty() const noexcept { return count_ == 0; }
  /// Those who want to know of that job.
  Watching of(JobId id) const;
  bool watched(JobId id) const;
  /// Those who want the lines of the log.
  std::vector<std::shared_ptr<ChangeWatcher>> of_changes() const;
  /// Those who have not been told yet how their job is; they are given out once.
  Watching take_fresh();
  /// Ends all.
  void end();

 private:
  mutable std::mutex mutex_;
  std::unordered_map<JobId, Watching> by_job_;
  Watching all_;
  Watching fresh_;
  std::vector<std::shared_ptr<ChangeWatcher>> changes_;
  std::atomic<std::size_t> count_{0};
};

}  // namespace convert::engine
