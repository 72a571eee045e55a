// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <condition_variable>
#include <cstddef>
#include <deque>
#include <exception>
#include <functional>
#include <mutex>
#include <optional>
#include <span>
#include <stdexcept>
#include <utility>
#include <vector>

namespace convert::sql {

/// Runs the calls of many threads in batches, so that they share round trips and a flush: those that arrive
/// while `max_in_flight` batches run make the next one. A single caller pays nothing. Thread-safe.
///
/// `Call` is copied or moved in; `Answer` is moved out. No thread of its own: a caller runs the batch that
/// its call is in.
template <class Call, class Answer>
class CallBatcher {
 public:
  /// Answers a batch: one answer for each call, in their order. Runs in one of the callers' threads, for up
  /// to `max_in_flight` batches at a time. If it throws, all callers of the batch rethrow.
  using Run = std::function<std::vector<Answer>(std::span<const Call* const>)>;

  CallBatcher(std::size_t max_batch, std::size_t max_in_flight, Run run)
      : max_batch_(std::max<std::size_t>(max_batch, 1)),
        max_in_flight_(std::max<std::size_t>(max_in_flight, 1)),
        run_(std::move(run)) {}
  CallBatcher(const CallBatcher&) = delete;
  CallBatcher& operator=(const CallBatcher&) = delete;

  /// Returns the answer to `call`, which has to stay valid until then.
  Answer operator()(const Call& call) {
    Waiting self{&call};
    std::unique_lock lock(mutex_);
    waiting_.push_back(&self);
    self.wake.wait(lock, [&]() { return self.done || (in_flight_ < max_in_flight_ && leads(self)); });
    if (!self.done) lead(lock);
    lock.unlock();
    if (self.thrown) std::rethrow_exception(self.thrown);
    return std::move(*self.answer);
  }

 private:
  /// A call on the stack of the thread that waits for it.
  struct Waiting {
    const Call* call;
    std::optional<Answer> answer{};
    std::exception_ptr thrown{};
    bool done = false;
    std::condition_variable wake{};
  };

  bool leads(const Waiting& waiting) const { return !waiting_.empty() && waiting_.front() == &waiting; }

  /// Runs a batch that starts with the caller's own call.
  void lead(std::unique_lock<std::mutex>& lock) {
    const std::size_t size = std::min(waiting_.size(), max_batch_);
    const std::vector<Waiting*> batch(waiting_.begin(), waiting_.begin() + static_cast<std::ptrdiff_t>(size));
    waiting_.erase(waiting_.begin(), waiting_.begin() + static_cast<std::ptrdiff_t>(size));
    ++in_flight_;
    wake_next();
    lock.unlock();
    std::exception_ptr thrown;
    std::vector<Answer> answers;
    try {
      std::vector<const Call*> calls;
      for (const Waiting* waiting : batch) calls.push_back(waiting->call);
      answers = run_(calls);
      if (answers.size() != batch.size()) throw std::logic_error("A batch has as many answers as calls.");
    } catch (...) {
      thrown = std::current_exception();
    }
    lock.lock();
    --in_flight_;
    for (std::size_t i = 0; i < batch.size(); ++i) {
      batch[i]->thrown = thrown;
      if (!thrown) batch[i]->answer.emplace(std::move(answers[i]));
      batch[i]->done = true;
      batch[i]->wake.notify_one();  // under the lock: the waiting thread destroys it
    }
    wake_next();
  }

  void wake_next() {
    if (!waiting_.empty() && in_flight_ < max_in_flight_) waiting_.front()->wake.notify_one();
  }

  const std::size_t max_batch_;
  const std::size_t max_in_flight_;
  const Run run_;
  std::mutex mutex_;
  std::deque<Waiting*> waiting_;
  std::size_t in_flight_ = 0;
};

}  // namespace convert::sql
