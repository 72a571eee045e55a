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

/// The reply of an engine to a command.
struct EngineReply {
  bool ok = false;
  std::string text;  ///< the result, or the message of the error
  std::string code;  ///< the code of the error
  bool retryable = false;
};

/// A fault_engine process that receives commands. It is killed by the destructor and when this process ends.
class ChildEngine {
 public:
  /// `settings`: "name=value"; see fault_engine_main.cpp.
  explicit ChildEngine(const std::filesystem::path& folder, const std::vector<std::string>& settings = {});
  ChildEngine(const ChildEngine&) = delete;
  ChildEngine& operator=(const ChildEngine&) = delete;
  ~ChildEngine();

  /// Kills it at that instant, while this process waits for it. Empty: does not kill it.
  void kill_at(std::optional<Instant> instant) { kill_at_ = instant; }

  /// Waits for its next reply. The first one reports whether it started. Empty if it has ended.
  std::optional<EngineReply> answer();
  std::optional<EngineReply> started() { return answer(); }
  /// Sends a command. Returns whether it is alive.
  bool order(const std::string& command);
  /// Sends a command and waits for its reply. Empty if it ended before.
  std::optional<EngineReply> request(const std::string& command);
  /// Waits for it to end.
  bool exits_within(std::chrono::milliseconds patience);

  void kill();
  void signal(int number) const;
  /// Closes its input and waits until it has shut down.
  bool shut_down();
  pid_t pid() const { return process_; }
  bool alive();

 private:
  std::optional<std::string> line();
  void wait_for_output();
  void reap();

  pid_t process_ = 0;
  int in_ = -1;   // its standard input
  int out_ = -1;  // its standard output
  int pidfd_ = -1;
  bool dead_ = false;
  std::string pending_;
  std::optional<Instant> kill_at_;
};

/// Whether it starts, and why not.
testing::AssertionResult ready(ChildEngine& engine);

}  // namespace convert::test
