// SPDX-License-Identifier: MIT
#include <charconv>
#include <filesystem>
#include <fstream>
#include <string>

#include "http/support/convertd_process.hpp"
#include "support/test_files.hpp"

namespace convert::test {
namespace {

std::string file_of(pid_t process, std::string_view name) {
  return "/proc/" + std::to_string(process) + '/' + std::string(name);
}

/// "Pss:     1234 kB" → 1234; 0 if there is no such line (the process has gone).
std::uint64_t number_after(const std::string& text, const std::string& name) {
  const auto at = text.find('\n' + name + ':');
  if (at == std::string::npos) return 0;
  const auto digits = text.find_first_of("0123456789", at);
  std::uint64_t number = 0;
  if (digits != std::string::npos) std::from_chars(text.data() + digits, text.data() + text.size(), number);
  return number;
}

}  // namespace

std::uint64_t peak_kib(pid_t process) { return number_after(read_file(file_of(process, "status")), "VmHWM"); }

void forget_peak(pid_t process) { std::ofstream(file_of(process, "clear_refs")) << '5'; }

std::vector<pid_t> with_children(pid_t process) {
  std::vector<pid_t> all{process};
  std::error_code gone;
  for (const auto& task : std::filesystem::directory_iterator(file_of(process, "task"), gone)) {
    std::ifstream children(task.path() / "children");
    for (pid_t child = 0; children >> child;) {
      const auto theirs = with_children(child);
      all.insert(all.end(), theirs.begin(), theirs.end());
    }
  }
  return all;
}

std::uint64_t pss_kib(const std::vector<pid_t>& processes) {
  std::uint64_t sum = 0;
  for (const pid_t process : processes)
    sum += number_after(read_file(file_of(process, "smaps_rollup")), "Pss");
  return sum;
}

}  // namespace convert::test
