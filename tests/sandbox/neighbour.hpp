// SPDX-License-Identifier: MIT
#pragma once

#include <atomic>
#include <memory>
#include <thread>

#include "sandbox/support.hpp"

namespace convert::test {

/// Somebody else's conversions in the same Sandbox, one after the other, from its making to `end`: none may
/// fail, and each must give the same bytes.
class BackgroundConversions {
 public:
  explicit BackgroundConversions(std::shared_ptr<const Sandbox> sandbox)
      : sandbox_(std::move(sandbox)), expected_(convert_in_memory(*sandbox_, input_, spec()).output) {
    EXPECT_FALSE(expected_.empty());
    thread_ = std::jthread([this](const std::stop_token& stop) {
      do {
        const auto made = convert_in_memory(*sandbox_, input_, spec());
        EXPECT_TRUE(made.report) << "The neighbour failed: " << made.report.error().message;
        EXPECT_EQ(made.output, expected_) << "The neighbour's output has changed.";
        ++done_;
      } while (!stop.stop_requested());
    });
  }

  /// How many conversions it has made.
  unsigned end() {
    thread_.request_stop();
    thread_.join();
    return done_;
  }

 private:
  static OutputSpec spec() {
    OutputSpec spec;
    spec.format = "mp3";
    return spec;
  }

  std::shared_ptr<const Sandbox> sandbox_;
  std::vector<std::byte> input_ = tone(0.5);
  std::vector<std::byte> expected_;
  std::atomic<unsigned> done_ = 0;
  std::jthread thread_;
};

}  // namespace convert::test
