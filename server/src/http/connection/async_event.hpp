// SPDX-License-Identifier: MIT
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>

namespace convert::server::http {

/// An event that a coroutine can await. `set` before `wait` is not lost. All calls on one strand; from other
/// threads post to it.
class AsyncEvent {
 public:
  using Instant = std::chrono::steady_clock::time_point;

  explicit AsyncEvent(const boost::asio::any_io_executor& executor) : timer_(executor) {}

  /// Waits until `set` is called or until the deadline. One waiter at a time. Returns whether `set` was
  /// called.
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
