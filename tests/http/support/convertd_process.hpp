// SPDX-License-Identifier: MIT
#pragma once

#include <sys/types.h>

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace convert::test {

/// The real convertd in a process of its own, with its data in `folder`/data and its output in `folder`/log.
/// Killed by the destructor and when the test process dies; its workers end with it.
class Daemon {
 public:
  static constexpr std::chrono::milliseconds kPatience{60'000};

  /// Starts convertd on a free port of the loopback interface. `options` are command-line options; a
  /// "--listen" among them replaces the default. `variables` ("NAME=value") are added to the environment.
  /// `program` replaces the executable and its leading arguments.
  explicit Daemon(std::filesystem::path folder, const std::vector<std::string>& options = {},
                  const std::vector<std::string>& variables = {}, std::vector<std::string> program = {});
  Daemon(const Daemon&) = delete;
  Daemon& operator=(const Daemon&) = delete;
  ~Daemon();

  /// Waits for the line that names the address; false if the process died or on timeout.
  bool listens(std::chrono::milliseconds patience = kPatience);
  /// Waits for the line that reports that conversions run.
  bool ready(std::chrono::milliseconds patience = kPatience);
  /// Waits until the log contains the text.
  bool logs(std::string_view text, std::chrono::milliseconds patience = kPatience);

  /// Port from the start-up line; 0 if there is none yet.
  std::uint16_t port() const;
  std::string url(std::string_view path = {}) const;
  std::string log() const;
  std::filesystem::path data() const { return folder_ / "data"; }
  pid_t pid() const { return process_; }

  void signal(int number) const;
  /// Kills the process and its workers with SIGKILL and waits for the end.
  void kill();
  /// Sends SIGTERM and returns the exit status; nullopt on timeout or if a signal ended the process.
  std::optional<int> terminate(std::chrono::milliseconds patience = kPatience);
  /// Waits until the process ends by itself; result as above.
  std::optional<int> ended(std::chrono::milliseconds patience = kPatience);

 private:
  void spawn(std::vector<std::string> words, const std::vector<std::string>& options,
             const std::vector<std::string>& variables);
  bool dies_within(std::chrono::milliseconds patience);

  std::filesystem::path folder_;
  pid_t process_ = 0;
  int pidfd_ = -1;
  std::optional<int> status_;  // of waitpid, after its end
};

/// Peak memory of a process (VmHWM) since `forget_peak` or since its start.
std::uint64_t peak_kib(pid_t process);
/// Resets the peak.
void forget_peak(pid_t process);
/// A process and all its descendants.
std::vector<pid_t> with_children(pid_t process);
/// Their total memory with shared pages counted once (PSS).
std::uint64_t pss_kib(const std::vector<pid_t>& processes);

}  // namespace convert::test
