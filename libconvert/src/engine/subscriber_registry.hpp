// SPDX-License-Identifier: MIT
#pragma once

#include <atomic>
#include <cstddef>
#include <memory>
#include <mutex>
#include <unordered_map>
#include <vector>

#include "engine/subscribers.hpp"

namespace convert::engine {

/// Who watches what. Thread-safe.
class SubscriberRegistry {
 public:
  using JobSubscribers = std::vector<std::shared_ptr<JobSubscriber>>;

  /// Whether it is the only one.
  bool add(const std::shared_ptr<JobSubscriber>& subscriber);
  bool add(const std::shared_ptr<ChangeSubscriber>& subscriber);
  void remove(const std::shared_ptr<JobSubscriber>& subscriber);
  void remove(const std::shared_ptr<ChangeSubscriber>& subscriber);

  bool empty() const noexcept { return count_ == 0; }
  /// Those who want to know of that job.
  JobSubscribers subscribers_of(JobId id) const;
  bool has_subscribers(JobId id) const;
  /// Those who want the lines of the log.
  std::vector<std::shared_ptr<ChangeSubscriber>> change_subscribers() const;
  /// Those who have not been told yet how their job is; they are given out once.
  JobSubscribers take_new_subscribers();
  /// Ends all.
  void close();

 private:
  mutable std::mutex mutex_;
  std::unordered_map<JobId, JobSubscribers> by_job_;
  JobSubscribers all_;
  JobSubscribers new_subscribers_;
  std::vector<std::shared_ptr<ChangeSubscriber>> change_subscribers_;
  std::atomic<std::size_t> count_{0};
};

}  // namespace convert::engine
