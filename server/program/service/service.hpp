// SPDX-License-Identifier: MIT
#pragma once

#include <atomic>
#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <chrono>
#include <cstddef>
#include <future>
#include <memory>
#include <vector>

namespace convertd {

/// Threads with an event loop each: a connection lives in one of them and needs no lock against the others.
class EventLoops {
 public:
  explicit EventLoops(unsigned count);
  /// As `drain` without patience.
  ~EventLoops();
  EventLoops(const EventLoops&) = delete;
  EventLoops& operator=(const EventLoops&) = delete;

  boost::asio::any_io_executor first();
  /// The next by turns. Thread-safe.
  boost::asio::any_io_executor next();
  /// Lets them end when nothing is left to do, waits for that so long, and ends those that go on.
  void drain(std::chrono::milliseconds timeout);

 private:
  struct EventLoop {
    EventLoop() : context(1), work(context.get_executor()) {}  // 1: a single thread runs it
    boost::asio::io_context context;
    boost::asio::executor_work_guard<boost::asio::io_context::executor_type> work;
    std::future<void> ended;
  };
  std::vector<std::unique_ptr<EventLoop>> event_loops_;
  std::atomic<std::size_t> turn_ = 0;
};

}  // namespace convertd
