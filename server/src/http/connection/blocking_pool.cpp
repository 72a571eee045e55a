// SPDX-License-Identifier: MIT
#include "http/connection/blocking_pool.hpp"

#include <algorithm>
#include <boost/asio/associated_executor.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <thread>
#include <vector>

namespace convert::server::http {

struct BlockingPool::State {
  std::mutex mutex;
  std::condition_variable work_available;
  std::deque<std::function<void()>> queue;  // guarded by mutex
  bool stopping = false;                    // guarded by mutex
  std::vector<std::thread> threads;

  void run_worker() {
    std::unique_lock lock(mutex);
    for (;;) {
      work_available.wait(lock, [this]() { return stopping || !queue.empty(); });
      if (queue.empty()) return;
      std::function<void()> job = std::move(queue.front());
      queue.pop_front();
      lock.unlock();
      job();
      job = nullptr;  // its destructor may run code: not under the lock
      lock.lock();
    }
  }
};

BlockingPool::BlockingPool(unsigned threads) : state_(std::make_unique<State>()) {
  for (unsigned i = 0; i < std::max(threads, 1U); ++i) {
    state_->threads.emplace_back([state = state_.get()]() { state->run_worker(); });
  }
}

BlockingPool::~BlockingPool() {
  {
    const std::lock_guard lock(state_->mutex);
    state_->stopping = true;
  }
  state_->work_available.notify_all();
  for (std::thread& thread : state_->threads) thread.join();
}

void BlockingPool::post(std::function<void()> work) {
  {
    const std::lock_guard lock(state_->mutex);
    state_->queue.push_back(std::move(work));
  }
  state_->work_available.notify_one();
}

Async<void> BlockingPool::run_on_thread(const std::function<void()>& job) {
  auto initiate = [this, &job](auto handler) {
    // The work guard keeps an otherwise idle executor running until the completion is posted.
    auto guard = asio::make_work_guard(asio::get_associated_executor(handler));
    auto operation =
        std::make_shared<std::pair<decltype(handler), decltype(guard)>>(std::move(handler), std::move(guard));
    post([operation = std::move(operation), &job]() mutable {
      job();
      const auto executor = operation->second.get_executor();
      asio::post(executor, [operation = std::move(operation)]() { std::move(operation->first)(); });
    });
  };
  co_await asio::async_initiate<const asio::use_awaitable_t<>, void()>(initiate, asio::use_awaitable);
}

}  // namespace convert::server::http
