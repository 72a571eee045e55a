// SPDX-License-Identifier: MIT
#pragma once

#include <sys/types.h>

#include <filesystem>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "support/test_files.hpp"

/// Runs programs as a shell would, and looks at what they leave.
namespace convert::test {

struct ProgramResult {
  int code = -1;  ///< the exit code, or 128 and the number of the signal that ended it
  std::string out;
  std::string err;
};

/// `convert-file` with these words; nothing on its standard input.
ProgramResult convert_file(const std::vector<std::string>& words);

/// A line for bash, in which $convert is the program; the exit code is that of `pipefail`.
ProgramResult bash(const std::string& line);

/// A program that is still running.
class RunningProgram {
 public:
  /// Its standard input is a pipe to write into, its standard output goes nowhere.
  static RunningProgram with_pipe(const std::vector<std::string>& words);
  /// All of its streams are a terminal of 80 columns. `environment`: further "NAME=VALUE".
  static RunningProgram on_terminal(const std::vector<std::string>& words,
                                    const std::vector<std::string>& environment);
  RunningProgram(RunningProgram&& other) noexcept;
  RunningProgram& operator=(RunningProgram&&) = delete;
  ~RunningProgram();

  /// Blocks until the program has taken nearly all of them.
  void feed(const std::string& bytes) const;
  void signal(int number) const;
  /// What it still writes on its terminal, until it ends.
  std::string screen() const;
  /// Its exit code, as in Outcome.
  int wait();

 private:
  RunningProgram(pid_t process, int stream) : process_(process), stream_(stream) {}
  pid_t process_;
  int stream_;
};

/// Each test in an empty folder of its own, which is the current one while it runs.
class TemporaryFolderTest : public testing::Test {
 protected:
  TemporaryFolderTest();
  ~TemporaryFolderTest() override;

  static void write(const std::string& name, const std::string& text);
  static std::string read(const std::string& name);
  /// What is in the folder, sorted, hidden files too.
  std::vector<std::string> names() const { return folder_.names(); }
  /// Copies three seconds of real music there, as WAV; false if there is none on this machine.
  static bool have_music();

 private:
  std::filesystem::path before_;
  TemporaryFolder folder_;
};

#define SKIP_WITHOUT_MUSIC() \
  if (!have_music()) GTEST_SKIP() << "needs ffmpeg and the package singularity-music"

}  // namespace convert::test
