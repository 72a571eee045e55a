// SPDX-License-Identifier: MIT
#include "support/shell_command.hpp"

#include <sys/wait.h>

#include <array>
#include <cstdio>

namespace convert::test {

CommandResult run(const std::string& command) {
  const auto line = "{ " + command + "\n} 2>&1 </dev/null";
  std::FILE* const pipe = ::popen(line.c_str(), "r");
  CommandResult ran;
  if (pipe == nullptr) return ran;
  std::array<char, 1 << 16> buffer{};
  while (const auto count = std::fread(buffer.data(), 1, buffer.size(), pipe))
    ran.output.append(buffer.data(), count);
  const int status = ::pclose(pipe);
  ran.status = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  return ran;
}

bool has_program(const std::string& name) { return run("command -v " + name).status == 0; }

std::string quoted(const std::filesystem::path& path) { return "'" + path.string() + "'"; }

}  // namespace convert::test
