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

/// Threads for calls that block, and the way back to the coroutine's executor. Takes whatever it is given, in
/// order: who admits requests bounds how much that is. Thread-safe. Destroyed, it does all that it has been
/// given first; the executors of those who wait have to be alive.
class BlockingPool {
 public:
  explicit BlockingPool(unsigned threads);
  ~BlockingPool();
  BlockingPool(const BlockingPool&) = delete;
  BlockingPool& operator=(const BlockingPool&) = delete;

  /// Calls `work` in a thread and waits for it. What it throws is thrown here. `work` and its result may be
  /// movable only.
  template <class Work>
  Async<std::invoke_result_t<Work&>> run(Work work);

  /// Without anybody who waits. `work` must not throw.
  void post(std::function<void()> work);

 private:
  /// `job` lives in the frame of who waits.
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
