// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <cstdint>
#include <mutex>
#include <unordered_map>

#include <convert/storage.hpp>

namespace convert::engine {

/// When this process first saw blobs without a job whose age the Storage does not know
/// (Blob::time_may_be_early). By the steady clock, so that no clock can be wrong; forgotten when the process
/// ends, which only delays the deletion. Thread-safe.
class OrphanMarks {
 public:
  using Steady = std::chrono::steady_clock;

  /// Whether the blob was seen `age` ago or earlier, and by every sweep since. Marks a new one.
  bool seen_for(const Key& key, std::chrono::milliseconds age) {
    const auto now = Steady::now();
    const std::scoped_lock lock(mutex_);
    Mark& mark = marks_.try_emplace(key, Mark{now, sweep_}).first->second;
    mark.sweep = sweep_;
    return now - mark.first_seen >= age;
  }

  /// A sweep has seen all orphans: forgets the blobs that it did not see.
  void end_sweep() {
    const std::scoped_lock lock(mutex_);
    std::erase_if(marks_, [this](const auto& row) { return row.second.sweep != sweep_; });
    ++sweep_;
  }

 private:
  struct Mark {
    Steady::time_point first_seen;
    std::uint64_t sweep = 0;  // the last one that saw it
  };

  std::mutex mutex_;
  std::unordered_map<Key, Mark> marks_;
  std::uint64_t sweep_ = 0;
};

}  // namespace convert::engine
