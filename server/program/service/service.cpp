// SPDX-License-Identifier: MIT
#include "service.hpp"

#include <algorithm>

namespace convertd {

EventLoops::EventLoops(unsigned count) {
  for (unsigned i = 0; i < std::max(1U, count); ++i) event_loops_.push_back(std::make_unique<EventLoop>());
  for (auto& loop : event_loops_) {
    loop->ended = std::async(std::launch::async, [&context = loop->context] { context.run(); });
  }
}

EventLoops::~EventLoops() { drain(std::chrono::milliseconds(0)); }

boost::asio::any_io_executor EventLoops::first() { return event_loops_.front()->context.get_executor(); }

boost::asio::any_io_executor EventLoops::next() {
  const auto turn = turn_.fetch_add(1, std::memory_order_relaxed);
  return event_loops_[turn % event_loops_.size()]->context.get_executor();
}

void EventLoops::drain(std::chrono::milliseconds timeout) {
  const auto deadline = std::chrono::steady_clock::now() + timeout;
  for (auto& loop : event_loops_) loop->work.reset();
  for (auto& loop : event_loops_) {
    if (!loop->ended.valid()) continue;
    loop->ended.wait_until(deadline);
    loop->context.stop();
    loop->ended.get();
  }
}

}  // namespace convertd
