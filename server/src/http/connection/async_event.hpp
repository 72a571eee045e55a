// SPDX-License-Identifier: MIT
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>

namespace convert::server::http {

/// Where one coroutine waits until another, or a callback on the same executor, has something for it. A call
/// that comes before the wait is not lost. Used on one strand only: from another thread, post.
class AsyncEvent {
 public:
  using Instant = std::chrono::steady_clock::time_point;

  explicit AsyncEvent(const boost::asio::any_io_executor& executor) : timer_(executor) {}

  /// Until somebody calls, or `until`. One waits at a time. Answers whether somebody called.
  boost::asio::awaitable<bool> wait(Instant until = Instant::max());

  void set() {
    set_ = true;
    timer_.cancel();
  }

 private:
  boost::asio::steady_timer timer_;
  bool set_ = false;
};

}  // namespace convert::server::http
