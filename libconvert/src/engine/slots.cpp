// SPDX-License-Identifier: MIT
#include "engine/slots.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "engine/runner.hpp"
#include "io/fault_point.hpp"

namespace convert::engine {
namespace {

/// For ever, but can be added to now.
constexpr std::chrono::milliseconds kLongestGrace = std::chrono::hours(24 * 365);

}  // namespace

Slots::Slots(Core& core) : core_(core), alive_(core.options.slots) {
  threads_.reserve(core.options.slots);
  for (unsigned i = 0; i < core.options.slots; ++i) threads_.emplace_back([this]() { loop(); });
}

Slots::~Slots() { close(); }

void Slots::hint() {
  {
    const std::scoped_lock lock(mutex_);
    hinted_ = true;
  }
  work_.notify_one();
}

bool Slots::wait_for_free(std::chrono::steady_clock::time_point deadline, const std::stop_token& stop) {
  std::unique_lock lock(mutex_);
  return free_.wait_until(lock, stop, deadline,
                          [this]() { return !hinted_ && idle_ > asked_ + ready_.size(); });
}

void Slots::close() {
  {
    const std::scoped_lock lock(mutex_);
    closed_ = true;
    for (const auto& running : ready_) running->stop(StopReason::released);
  }
  work_.notify_all();
}

bool Slots::wait_until_idle(std::chrono::milliseconds grace) {
  std::unique_lock lock(mutex_);
  return free_.wait_for(lock, std::min(grace, kLongestGrace), [this]() { return alive_ == 0; });
}

void Slots::loop() {
  while (const auto running = next()) {
    run(core_, *running);
    hint();  // a twin may have waited for it; and where there was one job, there may be more
  }
  const std::scoped_lock lock(mutex_);
  --alive_;
  free_.notify_all();
}

std::shared_ptr<Running> Slots::next() {
  std::unique_lock lock(mutex_);
  ++idle_;
  for (;;) {
    if (!ready_.empty()) {
      auto running = std::move(ready_.front());
      ready_.pop_front();
      --idle_;
      return running;
    }
    if (closed_ && asked_ == 0) return {};
    if (!closed_ && hinted_ && idle_ > asked_) {
      claim(lock);
      continue;
    }
    free_.notify_all();
    work_.wait(lock);
  }
}

/// Nothing as long as no conversion could begin: jobs wait then, and lose no attempt. A sweep asks again.
Result<std::vector<Job>> Slots::take(std::size_t wanted) {
  if (const auto execution = core_.execution()) {
    if (auto ready = execution->ready(); !ready) return std::move(ready).error();
  }
  return core_.store().claim({core_.options.worker, core_.options.lease, wanted});
}

/// Claims a job for each slot that is free. Works without the lock meanwhile.
void Slots::claim(std::unique_lock<std::mutex>& lock) {
  const std::size_t wanted = idle_ - asked_;
  asked_ += wanted;
  hinted_ = false;
  lock.unlock();
  CONVERT_FAULT_POINT("engine.before_claim");
  auto jobs = take(wanted);
  CONVERT_FAULT_POINT("engine.claimed");
  if (!jobs) core_.log.warning(0, fmt::format("No jobs could be claimed: {}", jobs.error().message));
  std::deque<std::shared_ptr<Running>> claimed;
  if (jobs) {
    for (Job& job : *jobs) {
      core_.watchers.changed(job.revision);
      claimed.push_back(core_.claims.add(std::move(job)));
    }
  }
  lock.lock();
  asked_ -= wanted;
  if (claimed.size() == wanted) hinted_ = true;
  for (auto& running : claimed) {
    if (closed_) running->stop(StopReason::released);
    ready_.push_back(std::move(running));
  }
  // Whoever was woken by a hint meanwhile, while all that were free were being cared for, waits again.
  if (ready_.size() > 1 || hinted_ || closed_) work_.notify_all();
}

}  // namespace convert::engine
