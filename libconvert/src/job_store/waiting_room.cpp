// SPDX-License-Identifier: MIT
#include "job_store/waiting_room.hpp"

#include "job_store/checks.hpp"

namespace convert::job_store {
namespace {

std::pair<Time, JobId> time_of(const Job& job) { return {job.not_before, job.id}; }
std::pair<Time, JobId> age_of(const Job& job) { return {ready_since(job), job.id}; }

}  // namespace

void WaitingRoom::add(const Job& job, Time now) {
  if (job.not_before > now) {
    delayed_.emplace(time_of(job), &job);
  } else {
    add_due(job);
  }
}

void WaitingRoom::remove(const Job& job) {
  if (delayed_.erase(time_of(job)) == 0) remove_due(job);
}

void WaitingRoom::started(const Job& job) {
  if (job.request.fingerprint.empty()) return;
  auto& twins = twins_[job.request.fingerprint];
  twins.running = true;
  waiting_ += twins.size;
  for (const auto& [owner, line] : twins.lines) turns_.remove(*line.begin()->second);
}

void WaitingRoom::ended(const Job& job) {
  if (job.request.fingerprint.empty()) return;
  auto& twins = twins_[job.request.fingerprint];
  twins.running = false;
  waiting_ -= twins.size;
  for (const auto& [owner, line] : twins.lines) turns_.add(*line.begin()->second);
  drop_if_empty(job.request.fingerprint);
}

void WaitingRoom::settle(Time now) {
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

std::optional<Time> WaitingRoom::oldest_ready() const {
  for (const auto& [time, job] : ages_) {
    const auto twins = twins_.find(job->request.fingerprint);
    if (twins == twins_.end() || !twins->second.running) return time.first;
  }
  return std::nullopt;
}

void WaitingRoom::add_due(const Job& job) {
  due_.emplace(time_of(job), &job);
  ages_.emplace(age_of(job), &job);
  if (job.request.fingerprint.empty()) return turns_.add(job);
  auto& twins = twins_[job.request.fingerprint];
  auto& line = twins.lines[job.request.owner];
  if (!twins.running && !line.empty()) turns_.remove(*line.begin()->second);
  line.emplace(place(job), &job);
  ++twins.size;
  if (twins.running) {
    ++waiting_;
  } else {
    turns_.add(*line.begin()->second);
  }
}

void WaitingRoom::remove_due(const Job& job) {
  due_.erase(time_of(job));
  ages_.erase(age_of(job));
  if (job.request.fingerprint.empty()) return turns_.remove(job);
  auto& twins = twins_[job.request.fingerprint];
  const auto line = twins.lines.find(job.request.owner);
  if (!twins.running) turns_.remove(*line->second.begin()->second);
  line->second.erase(place(job));
  --twins.size;
  if (twins.running) --waiting_;
  if (line->second.empty()) {
    twins.lines.erase(line);
  } else if (!twins.running) {
    turns_.add(*line->second.begin()->second);
  }
  drop_if_empty(job.request.fingerprint);
}

void WaitingRoom::drop_if_empty(const std::string& fingerprint) {
  const auto twins = twins_.find(fingerprint);
  if (twins->second.size == 0 && !twins->second.running) twins_.erase(twins);
}

}  // namespace convert::job_store
