// SPDX-License-Identifier: MIT
#pragma once

#include <filesystem>
#include <string>

#include <gtest/gtest.h>

/// Other programs, whose word tests take.
namespace convert::test {

/// What a command printed (both streams) and how it ended.
struct CommandResult {
  int status = -1;
  std::string output;
};
/// A line for the shell, with nothing on its standard input.
CommandResult run(const std::string& command);

/// Whether a program is there. Tests that need another program's word are skipped without it.
bool has_program(const std::string& name);
#define SKIP_WITHOUT_PROGRAMS(...)                                                            \
  for (const char* program : {__VA_ARGS__}) {                                                 \
    if (!convert::test::has_program(program)) GTEST_SKIP() << program << " is not installed"; \
  }

/// A path as one word of the shell.
std::string quoted(const std::filesystem::path& path);

}  // namespace convert::test
