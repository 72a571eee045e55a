// SPDX-License-Identifier: MIT
#include "support/sandbox_processes.hpp"

#include <poll.h>
#include <signal.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <fstream>
#include <string>
#include <utility>

namespace convert::test {
namespace {

namespace fs = std::filesystem;

/// The parent of a process that lives; 0: it does not.
pid_t parent_of(pid_t process) {
  std::ifstream file("/proc/" + std::to_string(process) + "/stat");
  std::string line;
  if (!std::getline(file, line)) return 0;
  const auto name_end = line.rfind(')');
  if (name_end == std::string::npos || line.size() < name_end + 5 || line[name_end + 2] == 'Z') return 0;
  return std::stoi(line.substr(name_end + 4));
}

std::vector<pid_t> children_of(pid_t parent) {
  std::vector<pid_t> children;
  std::error_code failure;
  for (const auto& entry : fs::directory_iterator("/proc", failure)) {
    const std::string name = entry.path().filename();
    pid_t process = 0;
    const auto [end, bad] = std::from_chars(name.data(), name.data() + name.size(), process);
    if (bad == std::errc() && end == name.data() + name.size() && parent_of(process) == parent) {
      children.push_back(process);
    }
  }
  return children;
}

}  // namespace

std::vector<pid_t> zygotes() { return children_of(::getpid()); }

std::vector<pid_t> workers() {
  std::vector<pid_t> all;
  for (const pid_t zygote : zygotes()) {
    for (const pid_t worker : children_of(zygote)) all.push_back(worker);
  }
  return all;
}

void signal_all(const std::vector<pid_t>& processes, int signal) {
  for (const pid_t process : processes) ::kill(process, signal);
}

void kill_and_wait(const std::vector<pid_t>& processes) {
  constexpr int kPatience = 10'000;  // milliseconds
  for (const pid_t process : processes) {
    pollfd end{static_cast<int>(::syscall(SYS_pidfd_open, process, 0)), POLLIN, 0};
    ::kill(process, SIGKILL);
    if (end.fd < 0) continue;
    (void)::poll(&end, 1, kPatience);
    ::close(end.fd);
  }
}

std::size_t open_descriptors() {
  const fs::directory_iterator all("/proc/self/fd");
  return static_cast<std::size_t>(std::distance(begin(all), end(all))) - 1;  // its own
}

std::size_t resident_memory() {
  std::ifstream file("/proc/self/status");
  for (std::string word; file >> word;) {
    std::size_t kibibytes = 0;
    if (word == "VmRSS:" && file >> kibibytes) return kibibytes;
  }
  return 0;
}

}  // namespace convert::test
