// SPDX-License-Identifier: MIT
#include "sandbox/host/worker_pool.hpp"

#include <algorithm>
#include <utility>
#include <vector>

#include "base/try.hpp"
#include "sandbox/host/scratch_root.hpp"
#include "sandbox/host/worker_process.hpp"

namespace convert::sandbox {
namespace {

constexpr auto kPollInterval = std::chrono::milliseconds(100);
constexpr auto kMinLifetime = std::chrono::seconds(1);
constexpr int kMaxStartFailures = 3;  // consecutive zygotes that did not start

}  // namespace

WorkerPool::WorkerPool(ZygoteOptions options, unsigned ready)
    : min_ready_(std::max(1U, ready)),
      acquire_timeout_(options.start_timeout),
      zygote_connection_(std::move(options), *this) {}

WorkerPool::~WorkerPool() {
  // The workers first, while their zygote can wait for them.
  std::deque<std::unique_ptr<Worker>> ready;
  {
    const std::lock_guard lock(mutex_);
    ready.swap(ready_);
  }
  ready.clear();
  zygote_connection_.stop();
}

Result<Hello> WorkerPool::start() {
  zygote_connection_.start();
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [this] { return hello_ || failure_; });
  if (hello_) return *hello_;
  return *failure_;
}

Result<std::unique_ptr<Worker>> WorkerPool::acquire(const ConvertOptions& call) {
  {
    const std::lock_guard lock(mutex_);
    if (auto worker = take_ready()) return worker;
  }
  auto until = Clock::now() + acquire_timeout_;
  if (call.deadline) until = std::min(until, *call.deadline);
  {
    const std::lock_guard lock(mutex_);
    ++waiting_calls_;
  }
  auto worker = wait_for_worker(call.stop, until);
  {
    const std::lock_guard lock(mutex_);
    --waiting_calls_;
  }
  if (worker) return worker;
  CONVERT_TRY(call.check_cancellation());
  return no_worker_error();
}

std::unique_ptr<Worker> WorkerPool::wait_for_worker(const std::stop_token& stop, Clock::time_point until) {
  for (;;) {
    refill();
    std::unique_lock lock(mutex_);
    const auto next_look = std::min(until, Clock::now() + kPollInterval);
    (void)changed_.wait_until(lock, stop, next_look,
                              [this] { return !ready_.empty() || zygote_keeps_failing(); });
    if (auto worker = take_ready()) return worker;
    if (stop.stop_requested() || zygote_keeps_failing() || Clock::now() >= until) return nullptr;
  }
}

/// Takes a worker that has not ended. Call it with the mutex held.
std::unique_ptr<Worker> WorkerPool::take_ready() {
  while (!ready_.empty()) {
    auto worker = std::move(ready_.front());
    ready_.pop_front();
    if (!has_ended(worker->process, std::chrono::milliseconds(0))) return worker;
  }
  return nullptr;
}

bool WorkerPool::zygote_keeps_failing() const { return start_failures_ >= kMaxStartFailures; }

Error WorkerPool::no_worker_error() {
  {
    const std::lock_guard lock(mutex_);
    // The call is not the cause, so that it may be retried.
    if (failure_) return Error{Errc::unavailable, failure_->message, true};
  }
  zygote_connection_.replace_zygote();
  return Error{Errc::unavailable,
               "No worker process was available in time. The machine may be overloaded; try again.", true};
}

void WorkerPool::refill() {
  unsigned missing = 0;
  {
    const std::lock_guard lock(mutex_);
    const auto have = static_cast<unsigned>(ready_.size()) + requested_;
    const unsigned want = min_ready_ + waiting_calls_;
    if (!hello_ || failure_ || have >= want) return;
    missing = want - have;
    requested_ += missing;
  }
  zygote_connection_.fork(missing);  // without the mutex: sending may block
}

void WorkerPool::on_zygote_ready(const Hello& hello, pid_t pid) {
  {
    const std::lock_guard lock(mutex_);
    hello_ = hello;
    failure_.reset();
    start_failures_ = 0;
    requested_ = 0;
    zygote_pid_ = pid;
    ++zygotes_started_;
  }
  changed_.notify_all();
  refill();
}

void WorkerPool::on_worker_ready(std::unique_ptr<Worker> worker) {
  {
    const std::lock_guard lock(mutex_);
    if (requested_ > 0) --requested_;
    alive_[worker->pid] = {worker->exit_status, worker->scratch, Clock::now()};
    ready_.push_back(std::move(worker));
  }
  changed_.notify_one();
}

void WorkerPool::on_worker_exited(pid_t pid, int status) {
  LiveWorker ended;
  {
    const std::lock_guard lock(mutex_);
    const auto at = alive_.find(pid);
    if (at == alive_.end()) return;
    ended = std::move(at->second);
    alive_.erase(at);
    std::erase_if(ready_, [pid](const auto& worker) { return worker->pid == pid; });
  }
  ended.exit_status->set(status);
  remove_folder(ended.scratch);
  // Workers that end right after their start are replaced only when a call needs one.
  if (Clock::now() - ended.since > kMinLifetime) refill();
}

void WorkerPool::on_worker_missing() {
  const std::lock_guard lock(mutex_);
  if (requested_ > 0) --requested_;  // waiting calls request it again
}

void WorkerPool::on_zygote_lost(const Error& why) {
  {
    const std::lock_guard lock(mutex_);
    failure_ = why;
    ++start_failures_;
    requested_ = 0;
    zygote_pid_ = 0;
    for (auto& [pid, alive] : alive_) alive.exit_status->set_unknown();
    alive_.clear();
  }
  changed_.notify_all();
}

Result<void> WorkerPool::ready() const {
  const std::lock_guard lock(mutex_);
  if (failure_) return *failure_;
  return {};
}

void WorkerPool::add_statistics(SandboxStatistics& statistics) const {
  std::vector<pid_t> processes;
  {
    const std::lock_guard lock(mutex_);
    statistics.idle = static_cast<unsigned>(ready_.size());
    statistics.zygotes_started = zygotes_started_;
    if (zygote_pid_ != 0) processes.push_back(zygote_pid_);
    for (const auto& worker : ready_) processes.push_back(worker->pid);
  }
  for (const pid_t process : processes) statistics.memory_bytes += proportional_memory(process);
}

}  // namespace convert::sandbox
