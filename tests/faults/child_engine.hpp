// SPDX-License-Identifier: MIT
#pragma once

#include <sys/types.h>

#include <chrono>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace convert::test {

using Instant = std::chrono::steady_clock::time_point;

/// What an engine answered.
struct EngineReply {
  bool ok = false;
  std::string text;  ///< or the message
  std::string code;  ///< of an error: its name
  bool retryable = false;
};

/// A fault_engine that this process has started, gives orders to and kills. Killed when it is destroyed, or
/// when this process dies.
class ChildEngine {
 public:
  /// `settings`: "name=value", as engine_main.cpp has them.
  explicit ChildEngine(const std::filesystem::path& folder, const std::vector<std::string>& settings = {});
  ChildEngine(const ChildEngine&) = delete;
  ChildEngine& operator=(const ChildEngine&) = delete;
  ~ChildEngine();

  /// At that instant it is killed, whatever this process waits for. Nothing: it is not.
  void kill_at(std::optional<Instant> instant) { kill_at_ = instant; }

  /// Waits for its next line, of which the first says whether it is ready; nothing: it died before.
  std::optional<EngineReply> answer();
  std::optional<EngineReply> started() { return answer(); }
  /// Gives an order; answers whether it lives.
  bool order(const std::string& command);
  /// Gives an order and waits for the answer; nothing: it died before it answered.
  std::optional<EngineReply> request(const std::string& command);
  /// Waits so long for its death.
  bool exits_within(std::chrono::milliseconds patience);

  void kill();
  void signal(int number) const;
  /// Ends its input, and waits until it has stopped orderly.
  bool shut_down();
  pid_t pid() const { return process_; }
  bool alive();

 private:
  std::optional<std::string> line();
  void wait_for_output();
  void reap();

  pid_t process_ = 0;
  int in_ = -1;   // we write into it
  int out_ = -1;  // we read from it
  int pidfd_ = -1;
  bool dead_ = false;
  std::string pending_;
  std::optional<Instant> kill_at_;
};

/// Whether it comes to be ready, and why not.
testing::AssertionResult ready(ChildEngine& engine);

}  // namespace convert::test
