// SPDX-License-Identifier: MIT
#pragma once

#include <convert/server/http.hpp>
#include <exception>
#include <functional>
#include <memory>
#include <optional>
#include <type_traits>
#include <utility>

namespace convert::server::http {

/// Threads for blocking calls; coroutines resume on their own executor. The queue is unbounded and FIFO: the
/// code that admits requests bounds it. Thread-safe. The destructor runs all queued work first, unlike
/// ~asio::thread_pool, which drops it; the executors of waiting coroutines must still exist.
class BlockingPool {
 public:
  explicit BlockingPool(unsigned threads);
  ~BlockingPool();
  BlockingPool(const BlockingPool&) = delete;
  BlockingPool& operator=(const BlockingPool&) = delete;

  /// Runs `work` in a thread and awaits its result. Rethrows its exceptions. `work` and its result may be
  /// move-only.
  template <class Work>
  Async<std::invoke_result_t<Work&>> run(Work work);

  /// Runs `work` in a thread without waiting. `work` must not throw.
  void post(std::function<void()> work);

 private:
  /// `job` lives in the frame of the awaiting coroutine.
  Async<void> run_on_thread(const std::function<void()>& job);

  struct State;
  std::unique_ptr<State> state_;
};

template <class Work>
Async<std::invoke_result_t<Work&>> BlockingPool::run(Work work) {
  using T = std::invoke_result_t<Work&>;
  std::exception_ptr thrown;
  if constexpr (std::is_void_v<T>) {
    const std::function<void()> job = [&work, &thrown]() {
      try {
        work();
      } catch (...) {
        thrown = std::current_exception();
      }
    };
    co_await run_on_thread(job);
    if (thrown) std::rethrow_exception(thrown);
  } else {
    std::optional<T> result;
    const std::function<void()> job = [&work, &result, &thrown]() {
      try {
        result.emplace(work());
      } catch (...) {
        thrown = std::current_exception();
      }
    };
    co_await run_on_thread(job);
    if (thrown) std::rethrow_exception(thrown);
    co_return std::move(*result);
  }
}

}  // namespace convert::server::http
