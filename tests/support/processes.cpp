// SPDX-License-Identifier: MIT
#include "support/processes.hpp"

#include <poll.h>
#include <signal.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <charconv>
#include <fstream>
#include <iterator>
#include <string>
#include <system_error>

#include "support/test_files.hpp"

namespace convert::test {
namespace {

namespace fs = std::filesystem;

/// From /proc/PID/stat, behind the program's name: the letter of the state, then the parent.
struct ProcessStatus {
  char state = 'Z';
  pid_t parent = 0;
};

ProcessStatus status_of(pid_t process) {
  const auto text = read_file("/proc/" + std::to_string(process) + "/stat");
  const auto name_end = text.rfind(')');
  if (name_end == std::string::npos || name_end + 4 >= text.size()) return {};
  ProcessStatus status;
  status.state = text[name_end + 2];
  std::from_chars(text.data() + name_end + 4, text.data() + text.size(), status.parent);
  return status;
}

template <class Condition>
std::vector<pid_t> processes_where(Condition condition) {
  std::vector<pid_t> result;
  std::error_code failure;
  for (fs::directory_iterator entry("/proc", failure), end; entry != end; entry.increment(failure)) {
    const auto name = entry->path().filename().string();
    pid_t process = 0;
    const auto parsed = std::from_chars(name.data(), name.data() + name.size(), process);
    if (parsed.ec != std::errc() || parsed.ptr != name.data() + name.size()) continue;
    if (condition(process)) result.push_back(process);
  }
  return result;
}

std::vector<pid_t> children_of(pid_t parent) {
  return processes_where([parent](pid_t process) {
    const ProcessStatus status = status_of(process);
    return status.state != 'Z' && status.parent == parent;
  });
}

}  // namespace

std::vector<pid_t> processes_of(const fs::path& folder) {
  return processes_where([&folder](pid_t process) {
    const auto command_line = read_file("/proc/" + std::to_string(process) + "/cmdline");
    return command_line.find(folder.string()) != std::string::npos && status_of(process).state != 'Z';
  });
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
  constexpr int kTimeout = 10'000;  // milliseconds
  for (const pid_t process : processes) {
    pollfd end{static_cast<int>(::syscall(SYS_pidfd_open, process, 0)), POLLIN, 0};
    ::kill(process, SIGKILL);
    if (end.fd < 0) continue;
    (void)::poll(&end, 1, kTimeout);
    ::close(end.fd);
  }
}

std::size_t open_descriptors() {
  const fs::directory_iterator all("/proc/self/fd");
  return static_cast<std::size_t>(std::distance(begin(all), end(all))) - 1;  // the iterator's own
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
