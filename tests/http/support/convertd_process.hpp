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

/// The real convertd in a process of its own, with its data in `folder`/data and all that it says in
/// `folder`/log. Killed when this is destroyed, or when this process dies; its workers end with it.
class Daemon {
 public:
  static constexpr std::chrono::milliseconds kPatience{60'000};

  /// Starts it on a free port of the loopback. `options` as on the command line; a "--listen" among them
  /// replaces ours. Other `variables` ("NAME=value") are added to its environment. `program`: another that
  /// takes these options behind its own words.
  explicit Daemon(std::filesystem::path folder, const std::vector<std::string>& options = {},
                  const std::vector<std::string>& variables = {}, std::vector<std::string> program = {});
  Daemon(const Daemon&) = delete;
  Daemon& operator=(const Daemon&) = delete;
  ~Daemon();

  /// Waits until it has said where it listens; false: it died, or the time is up.
  bool listens(std::chrono::milliseconds patience = kPatience);
  /// Waits until it has said that conversions run.
  bool ready(std::chrono::milliseconds patience = kPatience);
  /// Waits until its log has that text.
  bool says(std::string_view text, std::chrono::milliseconds patience = kPatience);

  /// From its start-up line. 0: it has said none.
  std::uint16_t port() const;
  std::string url(std::string_view path = {}) const;
  std::string log() const;
  std::filesystem::path data() const { return folder_ / "data"; }
  pid_t pid() const { return process_; }

  void signal(int number) const;
  /// Ends it as kill -9 does, and its workers with it; returns when the process is gone.
  void kill();
  /// SIGTERM, and the status that it ends with; nothing: it did not end in that time, or by a signal.
  std::optional<int> terminate(std::chrono::milliseconds patience = kPatience);
  /// Waits for its own end; nothing as above.
  std::optional<int> ended(std::chrono::milliseconds patience = kPatience);

 private:
  void spawn(std::vector<std::string> words, const std::vector<std::string>& options,
             const std::vector<std::string>& variables);
  bool dies_within(std::chrono::milliseconds patience);

  std::filesystem::path folder_;
  pid_t process_ = 0;
  int pidfd_ = -1;
  std::optional<int> status_;  // of waitpid, once it is dead
};

/// The most memory that a process had at once since `forget_peak`, or since its start (VmHWM).
std::uint64_t peak_kib(pid_t process);
/// Begins to look for the peak anew.
void forget_peak(pid_t process);
/// A process and all its children, and theirs.
std::vector<pid_t> with_children(pid_t process);
/// Their memory in all, shared pages counted once (PSS).
std::uint64_t pss_kib(const std::vector<pid_t>& processes);

}  // namespace convert::test
