// SPDX-License-Identifier: MIT
#pragma once

#include <sys/types.h>

#include <chrono>
#include <filesystem>
#include <string>
#include <vector>

/// Servers that tests start: on free ports, with their files in a temporary folder.
namespace convert::test {

/// A TCP port of 127.0.0.1 that is free now.
int free_port();

/// The path of a program, looked for in PATH and then in `folders`; empty if it is not installed.
std::string find_program(const std::string& name, const std::vector<std::string>& folders = {});

/// What a program is started with.
struct ProgramStart {
  std::vector<std::string> command;  ///< with the whole path of the program
  std::filesystem::path log;         ///< both output streams are appended to it
  /// As an unprivileged user, if the test runs as root: some servers refuse root.
  bool unprivileged = false;
  std::filesystem::path folder = "/";
};

/// The user for programs that refuse root, and the owner of their files: give it to `own_by_unprivileged`.
/// Does nothing unless the test runs as root.
void own_by_unprivileged(const std::filesystem::path& path);

/// Runs a program to its end. Returns its exit status.
int run_program(const ProgramStart& start);

/// A program that runs until it is stopped. The kernel kills it when this process ends.
class ServerProcess {
 public:
  /// Throws if it cannot be started.
  explicit ServerProcess(const ProgramStart& start);
  ~ServerProcess();  ///< kills it, and waits
  ServerProcess(const ServerProcess&) = delete;
  ServerProcess& operator=(const ServerProcess&) = delete;

  pid_t id() const { return process_; }
  bool runs();
  void signal(int number) const;
  /// Whether it ended in time.
  bool wait(std::chrono::milliseconds patience);

 private:
  pid_t process_ = -1;
};

}  // namespace convert::test
