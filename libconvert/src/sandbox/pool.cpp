// SPDX-License-Identifier: MIT
#include "sandbox/pool.hpp"

#include <algorithm>
#include <utility>
#include <vector>

#include "sandbox/process_memory.hpp"
#include "sandbox/scratch_root.hpp"

namespace convert::sandbox {
namespace {

constexpr auto kLook = std::chrono::milliseconds(100);
constexpr auto kYoung = std::chrono::seconds(1);
constexpr int kHopeless = 3;  // zygotes that did not start, one after the other

}  // namespace

Pool::Pool(ZygotePlace place, unsigned ready)
    : wanted_(std::max(1U, ready)), patience_(place.start_timeout), link_(std::move(place), *this) {}

Pool::~Pool() {
  // First the workers, while there is somebody to wait for them.
  std::deque<std::unique_ptr<Worker>> ready;
  {
    const std::lock_guard lock(mutex_);
    ready.swap(ready_);
  }
  ready.clear();
  link_.stop();
}

Result<Hello> Pool::start() {
  link_.start();
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [this] { return hello_ || failure_; });
  if (hello_) return *hello_;
  return *failure_;
}

Result<std::unique_ptr<Worker>> Pool::acquire(const ConvertOptions& call) {
  {
    const std::lock_guard lock(mutex_);
    if (auto worker = take()) return worker;
  }
  auto until = Clock::now() + patience_;
  if (call.deadline) until = std::min(until, *call.deadline);
  {
    const std::lock_guard lock(mutex_);
    ++waiting_;
  }
  auto worker = wait_for_one(call.stop, until);
  {
    const std::lock_guard lock(mutex_);
    --waiting_;
  }
  if (worker) return worker;
  if (auto go_on = call.check(); !go_on) return std::move(go_on).error();
  return none();
}

std::unique_ptr<Worker> Pool::wait_for_one(const std::stop_token& stop, Clock::time_point until) {
  for (;;) {
    top_up();
    std::unique_lock lock(mutex_);
    const auto next_look = std::min(until, Clock::now() + kLook);
    (void)changed_.wait_until(lock, stop, next_look, [this] { return !ready_.empty() || is_hopeless(); });
    if (auto worker = take()) return worker;
    if (stop.stop_requested() || is_hopeless() || Clock::now() >= until) return nullptr;
  }
}

/// One that lives. The mutex is held.
std::unique_ptr<Worker> Pool::take() {
  while (!ready_.empty()) {
    auto worker = std::move(ready_.front());
    ready_.pop_front();
    if (!has_ended(worker->process, std::chrono::milliseconds(0))) return worker;
  }
  return nullptr;
}

bool Pool::is_hopeless() const { return failures_ >= kHopeless; }

Error Pool::none() {
  {
    const std::lock_guard lock(mutex_);
    // Whatever it is, it is nothing that is wrong with the call.
    if (failure_) return Error{Errc::unavailable, failure_->message, true};
  }
  link_.give_up_zygote();
  return Error{Errc::unavailable,
               "No worker process could be had in time. The machine may be overloaded; try again.", true};
}

void Pool::top_up() {
  unsigned missing = 0;
  {
    const std::lock_guard lock(mutex_);
    const auto have = static_cast<unsigned>(ready_.size()) + owed_;
    const unsigned want = wanted_ + waiting_;
    if (!hello_ || failure_ || have >= want) return;
    missing = want - have;
    owed_ += missing;
  }
  link_.fork(missing);  // without the mutex: it may wait for the zygote
}

void Pool::zygote_is_up(const Hello& hello, pid_t pid) {
  {
    const std::lock_guard lock(mutex_);
    hello_ = hello;
    failure_.reset();
    failures_ = 0;
    owed_ = 0;
    zygote_ = pid;
    ++zygotes_;
  }
  changed_.notify_all();
  top_up();
}

void Pool::worker_is_ready(std::unique_ptr<Worker> worker) {
  {
    const std::lock_guard lock(mutex_);
    if (owed_ > 0) --owed_;
    alive_[worker->pid] = {worker->ending, worker->scratch, Clock::now()};
    ready_.push_back(std::move(worker));
  }
  changed_.notify_one();
}

void Pool::worker_has_ended(pid_t pid, int status) {
  Alive ended;
  {
    const std::lock_guard lock(mutex_);
    const auto at = alive_.find(pid);
    if (at == alive_.end()) return;
    ended = std::move(at->second);
    alive_.erase(at);
    std::erase_if(ready_, [pid](const auto& worker) { return worker->pid == pid; });
  }
  ended.ending->tell(status);
  remove_folder(ended.scratch);
  // Those that end as soon as they begin are replaced when one is needed, not for ever.
  if (Clock::now() - ended.since > kYoung) top_up();
}

void Pool::worker_is_missing() {
  const std::lock_guard lock(mutex_);
  if (owed_ > 0) --owed_;  // those who wait ask again
}

void Pool::zygote_is_down(const Error& why) {
  {
    const std::lock_guard lock(mutex_);
    failure_ = why;
    ++failures_;
    owed_ = 0;
    zygote_ = 0;
    for (auto& [pid, alive] : alive_) alive.ending->lose();
    alive_.clear();
  }
  changed_.notify_all();
}

Result<void> Pool::ready() const {
  const std::lock_guard lock(mutex_);
  if (failure_) return *failure_;
  return {};
}

void Pool::count(SandboxStatistics& statistics) const {
  std::vector<pid_t> processes;
  {
    const std::lock_guard lock(mutex_);
    statistics.ready = static_cast<unsigned>(ready_.size());
    statistics.zygotes = zygotes_;
    if (zygote_ != 0) processes.push_back(zygote_);
    for (const auto& worker : ready_) processes.push_back(worker->pid);
  }
  for (const pid_t process : processes) statistics.memory_bytes += proportional_memory(process);
}

}  // namespace convert::sandbox
