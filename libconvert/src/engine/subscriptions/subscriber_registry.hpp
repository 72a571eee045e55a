// SPDX-License-Identifier: MIT
#pragma once

#include <atomic>
#include <cstddef>
#include <memory>
#include <mutex>
#include <unordered_map>
#include <vector>

#include "engine/subscriptions/subscribers.hpp"

namespace convert::engine {

/// All subscribers of an engine. Thread-safe.
class SubscriberRegistry {
 public:
  using JobSubscribers = std::vector<std::shared_ptr<JobSubscriber>>;

  /// Returns whether it is the only subscriber.
  bool add(const std::shared_ptr<JobSubscriber>& subscriber);
  bool add(const std::shared_ptr<ChangeSubscriber>& subscriber);
  void remove(const std::shared_ptr<JobSubscriber>& subscriber);
  void remove(const std::shared_ptr<ChangeSubscriber>& subscriber);

  bool empty() const noexcept { return count_ == 0; }
  /// The subscribers to that job, and those to all jobs.
  JobSubscribers subscribers_of(JobId id) const;
  bool has_subscribers(JobId id) const;
  /// The subscribers to the entries of the change log.
  std::vector<std::shared_ptr<ChangeSubscriber>> change_subscribers() const;
  /// The subscribers that have not received their job's present state. Returns each of them once.
  JobSubscribers take_new_subscribers();
  /// Closes all subscribers.
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
