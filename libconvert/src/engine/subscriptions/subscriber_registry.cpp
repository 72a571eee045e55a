// SPDX-License-Identifier: MIT
#include "engine/subscriptions/subscriber_registry.hpp"

#include <utility>

namespace convert::engine {

bool SubscriberRegistry::add(const std::shared_ptr<JobSubscriber>& subscriber) {
  const std::scoped_lock lock(mutex_);
  if (subscriber->job()) {
    by_job_[*subscriber->job()].push_back(subscriber);
    new_subscribers_.push_back(subscriber);
  } else {
    all_.push_back(subscriber);
  }
  return ++count_ == 1;
}

bool SubscriberRegistry::add(const std::shared_ptr<ChangeSubscriber>& subscriber) {
  const std::scoped_lock lock(mutex_);
  change_subscribers_.push_back(subscriber);
  return ++count_ == 1;
}

void SubscriberRegistry::remove(const std::shared_ptr<ChangeSubscriber>& subscriber) {
  const std::scoped_lock lock(mutex_);
  count_ -= std::erase(change_subscribers_, subscriber);
}

void SubscriberRegistry::remove(const std::shared_ptr<JobSubscriber>& subscriber) {
  const std::scoped_lock lock(mutex_);
  std::size_t removed = 0;
  if (!subscriber->job()) {
    removed = std::erase(all_, subscriber);
  } else if (const auto found = by_job_.find(*subscriber->job()); found != by_job_.end()) {
    removed = std::erase(found->second, subscriber);
    if (found->second.empty()) by_job_.erase(found);
  }
  count_ -= removed;
}

SubscriberRegistry::JobSubscribers SubscriberRegistry::subscribers_of(JobId id) const {
  const std::scoped_lock lock(mutex_);
  JobSubscribers subscribers = all_;
  if (const auto found = by_job_.find(id); found != by_job_.end()) {
    subscribers.insert(subscribers.end(), found->second.begin(), found->second.end());
  }
  return subscribers;
}

bool SubscriberRegistry::has_subscribers(JobId id) const {
  const std::scoped_lock lock(mutex_);
  return !all_.empty() || by_job_.contains(id);
}

std::vector<std::shared_ptr<ChangeSubscriber>> SubscriberRegistry::change_subscribers() const {
  const std::scoped_lock lock(mutex_);
  return change_subscribers_;
}

SubscriberRegistry::JobSubscribers SubscriberRegistry::take_new_subscribers() {
  const std::scoped_lock lock(mutex_);
  return std::exchange(new_subscribers_, {});
}

void SubscriberRegistry::close() {
  std::unordered_map<JobId, JobSubscribers> by_job;
  JobSubscribers all;
  JobSubscribers new_subscribers;
  std::vector<std::shared_ptr<ChangeSubscriber>> change_subscribers;
  {
    const std::scoped_lock lock(mutex_);
    by_job.swap(by_job_);
    all.swap(all_);
    new_subscribers.swap(new_subscribers_);
    change_subscribers.swap(change_subscribers_);
    count_ = 0;
  }
  for (const auto& subscriber : all) subscriber->close();
  for (const auto& subscriber : change_subscribers) subscriber->close();
  for (const auto& [id, subscribers] : by_job) {
    for (const auto& subscriber : subscribers) subscriber->close();
  }
}

}  // namespace convert::engine
