// SPDX-License-Identifier: MIT
#pragma once

#include <filesystem>
#include <string>

#include <gtest/gtest.h>

/// Other programs, against which tests compare.
namespace convert::test {

/// The exit status and the output (both streams) of a command.
struct CommandResult {
  int status = -1;
  std::string output;
};
/// Runs a shell command with empty standard input.
CommandResult run(const std::string& command);

/// Whether a program is installed. SKIP_WITHOUT_PROGRAMS skips a test that needs it.
bool has_program(const std::string& name);
#define SKIP_WITHOUT_PROGRAMS(...)                                                            \
  for (const char* program : {__VA_ARGS__}) {                                                 \
    if (!convert::test::has_program(program)) GTEST_SKIP() << program << " is not installed"; \
  }

/// A path quoted for the shell.
std::string quoted(const std::filesystem::path& path);

}  // namespace convert::test
