// SPDX-License-Identifier: MIT
#include "engine/callback_thread.hpp"

#include <condition_variable>
#include <deque>
#include <mutex>
#include <thread>
#include <utility>

namespace convert::engine {

struct CallbackThread::State {
  std::mutex mutex;
  std::condition_variable posted;
  std::deque<std::function<void()>> callbacks;
  bool closed = false;
  std::thread thread;

  void run() {
    std::unique_lock lock(mutex);
    for (;;) {
      posted.wait(lock, [this]() { return closed || !callbacks.empty(); });
      if (closed) return;
      auto callback = std::move(callbacks.front());
      callbacks.pop_front();
      lock.unlock();
      callback();
      callback = {};  // what it held is let go without the lock
      lock.lock();
    }
  }
};

CallbackThread::CallbackThread() : state_(std::make_shared<State>()) {}

CallbackThread::~CallbackThread() {
  std::deque<std::function<void()>> forgotten;
  std::thread thread;
  {
    const std::scoped_lock lock(state_->mutex);
    state_->closed = true;
    forgotten.swap(state_->callbacks);
    thread.swap(state_->thread);
  }
  state_->posted.notify_all();
  if (!thread.joinable()) return;
  if (thread.get_id() == std::this_thread::get_id()) {
    thread.detach();  // it owns its state
  } else {
    thread.join();
  }
}

void CallbackThread::post(std::function<void()> callback) {
  {
    const std::scoped_lock lock(state_->mutex);
    if (state_->closed) return;
    state_->callbacks.push_back(std::move(callback));
    if (!state_->thread.joinable()) state_->thread = std::thread([state = state_]() { state->run(); });
  }
  state_->posted.notify_one();
}

}  // namespace convert::engine
