// SPDX-License-Identifier: MIT
#include "support/processes.hpp"

#include <charconv>
#include <string>
#include <system_error>

#include "support/test_files.hpp"

namespace convert::test {
namespace {

namespace fs = std::filesystem;

/// What stands behind the program's name in /proc/PID/stat: the state's letter, then the parent.
struct Status {
  char state = 'Z';
  pid_t parent = 0;
};

Status status_of(pid_t process) {
  const auto text = read_file("/proc/" + std::to_string(process) + "/stat");
  const auto name_end = text.rfind(')');
  if (name_end == std::string::npos || name_end + 4 >= text.size()) return {};
  Status status;
  status.state = text[name_end + 2];
  std::from_chars(text.data() + name_end + 4, text.data() + text.size(), status.parent);
  return status;
}

bool command_line_has(pid_t process, const fs::path& folder) {
  const auto line = read_file("/proc/" + std::to_string(process) + "/cmdline");
  return line.find(folder.string()) != std::string::npos;
}

}  // namespace

std::vector<pid_t> processes_of(const fs::path& folder) {
  std::vector<pid_t> result;
  std::error_code failure;
  for (fs::directory_iterator entry("/proc", failure), end; entry != end; entry.increment(failure)) {
    const auto name = entry->path().filename().string();
    pid_t process = 0;
    const auto parsed = std::from_chars(name.data(), name.data() + name.size(), process);
    if (parsed.ec != std::errc() || parsed.ptr != name.data() + name.size()) continue;
    if (command_line_has(process, folder) && status_of(process).state != 'Z') result.push_back(process);
  }
  return result;
}

pid_t parent_of(pid_t process) { return status_of(process).parent; }

pid_t zygote_of(pid_t engine, const fs::path& folder) {
  for (const pid_t process : processes_of(folder)) {
    if (parent_of(process) == engine) return process;
  }
  return 0;
}

std::vector<pid_t> workers_of(pid_t engine, const fs::path& folder) {
  std::vector<pid_t> result;
  const pid_t zygote = zygote_of(engine, folder);
  for (const pid_t process : processes_of(folder)) {
    if (zygote != 0 && parent_of(process) == zygote) result.push_back(process);
  }
  return result;
}

}  // namespace convert::test
