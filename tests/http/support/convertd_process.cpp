// SPDX-License-Identifier: MIT
#include "http/support/convertd_process.hpp"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <filesystem>
#include <fstream>
#include <string>
#include <system_error>

#include "support/test_files.hpp"
#include "support/test_helpers.hpp"

namespace convert::test {
namespace {

using std::chrono::milliseconds;

[[noreturn]] void fail_to_start(const char* what) {
  throw std::system_error(errno, std::generic_category(), what);
}

std::vector<char*> pointers(std::vector<std::string>& words) {
  std::vector<char*> pointers;
  for (auto& word : words) pointers.push_back(word.data());
  pointers.push_back(nullptr);
  return pointers;
}

/// The environment of this process without the variables that convertd reads, plus `variables`.
std::vector<std::string> environment(const std::vector<std::string>& variables) {
  std::vector<std::string> all;
  for (char** variable = environ; *variable != nullptr; ++variable) {
    const std::string_view text(*variable);
    if (!text.starts_with("CONVERTD_") && !text.starts_with("DATABASE_URL=")) all.emplace_back(text);
  }
  all.insert(all.end(), variables.begin(), variables.end());
  return all;
}

/// Runs in the child after fork. Never returns.
[[noreturn]] void become(char* const* arguments, char* const* variables, int log, pid_t parent) {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (::getppid() != parent) ::_exit(126);
  const int nothing = ::open("/dev/null", O_RDONLY);
  ::dup2(nothing, STDIN_FILENO);
  ::dup2(log, STDOUT_FILENO);
  ::dup2(log, STDERR_FILENO);
  ::execve(arguments[0], arguments, variables);
  ::_exit(127);
}

}  // namespace

Daemon::Daemon(std::filesystem::path folder, const std::vector<std::string>& options,
               const std::vector<std::string>& variables, std::vector<std::string> program)
    : folder_(std::move(folder)) {
  if (program.empty()) program = {CONVERTD_PROGRAM};
  spawn(std::move(program), options, variables);
}

void Daemon::spawn(std::vector<std::string> words, const std::vector<std::string>& options,
                   const std::vector<std::string>& variables) {
  words.insert(words.end(), {"--data", data().string()});
  if (std::find(options.begin(), options.end(), "--listen") == options.end()) {
    words.insert(words.end(), {"--listen", "127.0.0.1:0"});
  }
  words.insert(words.end(), options.begin(), options.end());
  auto all_variables = environment(variables);
  const auto arguments = pointers(words);
  const auto environment = pointers(all_variables);
  const int log =
      ::open((folder_ / "log").c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_APPEND | O_CLOEXEC, 0600);
  if (log < 0) fail_to_start("open");
  const pid_t self = ::getpid();
  process_ = ::fork();
  if (process_ == 0) become(arguments.data(), environment.data(), log, self);
  ::close(log);
  if (process_ < 0) fail_to_start("fork");
  pidfd_ = static_cast<int>(::syscall(SYS_pidfd_open, process_, 0));
  if (pidfd_ < 0) fail_to_start("pidfd_open");
}

Daemon::~Daemon() {
  kill();
  if (pidfd_ >= 0) ::close(pidfd_);
}

bool Daemon::dies_within(milliseconds patience) {
  if (status_) return true;
  pollfd waits{pidfd_, POLLIN, 0};
  if (::poll(&waits, 1, static_cast<int>(patience.count())) <= 0) return false;
  int status = 0;
  while (::waitpid(process_, &status, 0) < 0 && errno == EINTR) {
  }
  status_ = status;
  return true;
}

bool Daemon::logs(std::string_view text, milliseconds patience) {
  const auto logged = [&] { return log().find(text) != std::string::npos; };
  eventually(patience, [&] { return logged() || dies_within(milliseconds(0)); });
  return logged();
}

bool Daemon::listens(milliseconds patience) { return logs(", data in ", patience) && port() != 0; }

bool Daemon::ready(milliseconds patience) { return logs("ready: ", patience); }

std::string Daemon::log() const { return read_file(folder_ / "log"); }

std::uint16_t Daemon::port() const {
  const auto text = log();
  const auto begin = text.find("http://");
  const auto colon = begin == std::string::npos ? begin : text.find_first_of(", \n", begin);
  if (colon == std::string::npos) return 0;
  std::uint16_t port = 0;
  const auto digits = text.rfind(':', colon) + 1;
  std::from_chars(text.data() + digits, text.data() + colon, port);
  return port;
}

std::string Daemon::url(std::string_view path) const {
  return "http://127.0.0.1:" + std::to_string(port()) + std::string(path);
}

void Daemon::signal(int number) const {
  if (!status_) ::kill(process_, number);
}

void Daemon::kill() {
  signal(SIGKILL);
  dies_within(kPatience);
}

std::optional<int> Daemon::terminate(milliseconds patience) {
  signal(SIGTERM);
  return ended(patience);
}

std::optional<int> Daemon::ended(milliseconds patience) {
  if (!dies_within(patience) || !WIFEXITED(*status_)) return {};
  return WEXITSTATUS(*status_);
}

namespace {

std::string file_of(pid_t process, std::string_view name) {
  return "/proc/" + std::to_string(process) + '/' + std::string(name);
}

/// "Pss:     1234 kB" → 1234; 0 if there is no such line (the process has ended).
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
