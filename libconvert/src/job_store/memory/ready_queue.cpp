// SPDX-License-Identifier: MIT
#include "job_store/memory/ready_queue.hpp"

#include "job_store/job_store_rules.hpp"

namespace convert::job_store {
namespace {

std::pair<Time, JobId> time_of(const Job& job) { return {job.not_before, job.id}; }
std::pair<Time, JobId> age_of(const Job& job) { return {ready_since(job), job.id}; }

}  // namespace

void ReadyQueue::add(const Job& job, Time now) {
  if (job.not_before > now) {
    delayed_.emplace(time_of(job), &job);
  } else {
    add_due(job);
  }
}

void ReadyQueue::remove(const Job& job) {
  if (delayed_.erase(time_of(job)) == 0) remove_due(job);
}

void ReadyQueue::started(const Job& job) {
  if (job.request.fingerprint.empty()) return;
  auto& duplicates = duplicates_[job.request.fingerprint];
  duplicates.running = true;
  waiting_ += duplicates.size;
  for (const auto& [owner, owner_queue] : duplicates.owner_queues)
    scheduler_.remove(*owner_queue.begin()->second);
}

void ReadyQueue::ended(const Job& job) {
  if (job.request.fingerprint.empty()) return;
  auto& duplicates = duplicates_[job.request.fingerprint];
  duplicates.running = false;
  waiting_ -= duplicates.size;
  for (const auto& [owner, owner_queue] : duplicates.owner_queues)
    scheduler_.add(*owner_queue.begin()->second);
  drop_if_empty(job.request.fingerprint);
}

void ReadyQueue::update_time(Time now) {
  while (!delayed_.empty() && delayed_.begin()->first.first <= now) {
    const auto* job = delayed_.begin()->second;
    delayed_.erase(delayed_.begin());
    add_due(*job);
  }
  while (!due_.empty() && due_.rbegin()->first.first > now) {
    const auto* job = due_.rbegin()->second;
    remove_due(*job);
    delayed_.emplace(time_of(*job), job);
  }
}

std::optional<Time> ReadyQueue::oldest_ready() const {
  for (const auto& [time, job] : ages_) {
    const auto duplicates = duplicates_.find(job->request.fingerprint);
    if (duplicates == duplicates_.end() || !duplicates->second.running) return time.first;
  }
  return std::nullopt;
}

void ReadyQueue::add_due(const Job& job) {
  due_.emplace(time_of(job), &job);
  ages_.emplace(age_of(job), &job);
  if (job.request.fingerprint.empty()) return scheduler_.add(job);
  auto& duplicates = duplicates_[job.request.fingerprint];
  auto& owner_queue = duplicates.owner_queues[job.request.owner];
  if (!duplicates.running && !owner_queue.empty()) scheduler_.remove(*owner_queue.begin()->second);
  owner_queue.emplace(rank_of(job), &job);
  ++duplicates.size;
  if (duplicates.running) {
    ++waiting_;
  } else {
    scheduler_.add(*owner_queue.begin()->second);
  }
}

void ReadyQueue::remove_due(const Job& job) {
  due_.erase(time_of(job));
  ages_.erase(age_of(job));
  if (job.request.fingerprint.empty()) return scheduler_.remove(job);
  auto& duplicates = duplicates_[job.request.fingerprint];
  const auto owner_queue = duplicates.owner_queues.find(job.request.owner);
  if (!duplicates.running) scheduler_.remove(*owner_queue->second.begin()->second);
  owner_queue->second.erase(rank_of(job));
  --duplicates.size;
  if (duplicates.running) --waiting_;
  if (owner_queue->second.empty()) {
    duplicates.owner_queues.erase(owner_queue);
  } else if (!duplicates.running) {
    scheduler_.add(*owner_queue->second.begin()->second);
  }
  drop_if_empty(job.request.fingerprint);
}

void ReadyQueue::drop_if_empty(const std::string& fingerprint) {
  const auto duplicates = duplicates_.find(fingerprint);
  if (duplicates->second.size == 0 && !duplicates->second.running) duplicates_.erase(duplicates);
}

}  // namespace convert::job_store
