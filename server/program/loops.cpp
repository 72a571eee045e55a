// SPDX-License-Identifier: MIT
#include "loops.hpp"

#include <algorithm>

namespace convertd {

Loops::Loops(unsigned count) {
  for (unsigned i = 0; i < std::max(1U, count); ++i) loops_.push_back(std::make_unique<Loop>());
  for (auto& loop : loops_) {
    loop->ended = std::async(std::launch::async, [&context = loop->context] { context.run(); });
  }
}

Loops::~Loops() { drain(std::chrono::milliseconds(0)); }

boost::asio::any_io_executor Loops::first() { return loops_.front()->context.get_executor(); }

boost::asio::any_io_executor Loops::next() {
  const auto turn = turn_.fetch_add(1, std::memory_order_relaxed);
  return loops_[turn % loops_.size()]->context.get_executor();
}

void Loops::drain(std::chrono::milliseconds patience) {
  const auto deadline = std::chrono::steady_clock::now() + patience;
  for (auto& loop : loops_) loop->work.reset();
  for (auto& loop : loops_) {
    if (!loop->ended.valid()) continue;
    loop->ended.wait_until(deadline);
    loop->context.stop();
    loop->ended.get();
  }
}

}  // namespace convertd
