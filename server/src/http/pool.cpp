// SPDX-License-Identifier: MIT
#include "http/pool.hpp"

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

struct Pool::State {
  std::mutex mutex;
  std::condition_variable news;
  std::deque<std::function<void()>> waiting;  // guarded by mutex
  bool ending = false;                        // guarded by mutex
  std::vector<std::thread> threads;

  void work() {
    std::unique_lock lock(mutex);
    for (;;) {
      news.wait(lock, [this]() { return ending || !waiting.empty(); });
      if (waiting.empty()) return;
      std::function<void()> job = std::move(waiting.front());
      waiting.pop_front();
      lock.unlock();
      job();
      job = nullptr;  // what it holds may end somebody: not under the lock
      lock.lock();
    }
  }
};

Pool::Pool(unsigned threads) : state_(std::make_unique<State>()) {
  for (unsigned i = 0; i < std::max(threads, 1U); ++i) {
    state_->threads.emplace_back([state = state_.get()]() { state->work(); });
  }
}

Pool::~Pool() {
  {
    const std::lock_guard lock(state_->mutex);
    state_->ending = true;
  }
  state_->news.notify_all();
  for (std::thread& thread : state_->threads) thread.join();
}

void Pool::post(std::function<void()> work) {
  {
    const std::lock_guard lock(state_->mutex);
    state_->waiting.push_back(std::move(work));
  }
  state_->news.notify_one();
}

Async<void> Pool::in_thread(const std::function<void()>& job) {
  auto initiate = [this, &job](auto handler) {
    // The guard: an executor with nothing else to do waits for the answer.
    auto guard = asio::make_work_guard(asio::get_associated_executor(handler));
    auto waiting =
        std::make_shared<std::pair<decltype(handler), decltype(guard)>>(std::move(handler), std::move(guard));
    post([waiting = std::move(waiting), &job]() mutable {
      job();
      const auto executor = waiting->second.get_executor();
      asio::post(executor, [waiting = std::move(waiting)]() { std::move(waiting->first)(); });
    });
  };
  co_await asio::async_initiate<const asio::use_awaitable_t<>, void()>(initiate, asio::use_awaitable);
}

}  // namespace convert::server::http
