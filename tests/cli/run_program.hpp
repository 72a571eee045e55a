// SPDX-License-Identifier: MIT
#pragma once

#include <sys/types.h>

#include <filesystem>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "support/test_files.hpp"

/// Runs the example programs, and inspects their output.
namespace convert::test {

struct ProgramResult {
  int code = -1;  ///< the exit code, or 128 plus the signal
  std::string out;
  std::string err;
};

/// Runs `convert-file` with these arguments and an empty standard input.
ProgramResult convert_file(const std::vector<std::string>& words);

/// Runs a line in bash with `pipefail`, in which $convert is `convert-file`.
ProgramResult bash(const std::string& line);

/// A running `convert-file`.
class RunningProgram {
 public:
  /// The standard input is a pipe for `feed`; the standard output is discarded.
  static RunningProgram with_pipe(const std::vector<std::string>& words);
  /// All streams are a terminal of 80 columns. `environment`: additional "NAME=VALUE".
  static RunningProgram on_terminal(const std::vector<std::string>& words,
                                    const std::vector<std::string>& environment);
  RunningProgram(RunningProgram&& other) noexcept;
  RunningProgram& operator=(RunningProgram&&) = delete;
  ~RunningProgram();

  /// Writes to the pipe. Blocks while it is full.
  void feed(const std::string& bytes) const;
  void signal(int number) const;
  /// Reads the terminal until the program exits.
  std::string screen() const;
  /// The exit code, as in ProgramResult.
  int wait();

 private:
  RunningProgram(pid_t process, int stream) : process_(process), stream_(stream) {}
  pid_t process_;
  int stream_;
};

/// Runs each test in an empty folder, which is the current one.
class TemporaryFolderTest : public testing::Test {
 protected:
  TemporaryFolderTest();
  ~TemporaryFolderTest() override;

  static void write(const std::string& name, const std::string& text);
  static std::string read(const std::string& name);
  /// The files in the folder, sorted, with hidden ones.
  std::vector<std::string> names() const { return folder_.names(); }
  /// Copies three seconds of music there as song.wav. False if the music is not installed.
  static bool have_music();

 private:
  std::filesystem::path before_;
  TemporaryFolder folder_;
};

#define SKIP_WITHOUT_MUSIC() \
  if (!have_music()) GTEST_SKIP() << "needs ffmpeg and the package singularity-music"

}  // namespace convert::test
