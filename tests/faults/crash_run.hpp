// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <string>
#include <vector>

namespace convert::test {

/// Times of one kind, and how they are told: "median 0.61 s, worst 1.02 s of 48".
class Durations {
 public:
  void add(std::chrono::milliseconds time) { times_.push_back(time); }
  bool empty() const { return times_.empty(); }
  std::chrono::milliseconds median() const;
  std::chrono::milliseconds worst() const;
  std::string text() const;

 private:
  std::vector<std::chrono::milliseconds> times_;
};

}  // namespace convert::test
