// SPDX-License-Identifier: MIT
#include "faults/child_engine.hpp"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <sstream>
#include <stdexcept>
#include <system_error>
#include <utility>

namespace convert::test {
namespace {

using std::chrono::milliseconds;
constexpr milliseconds kAnswerTimeout(60'000);  // longer than any command takes on a busy machine

Instant now() { return std::chrono::steady_clock::now(); }

int milliseconds_to(Instant instant) {
  const auto left = std::chrono::ceil<milliseconds>(instant - now());
  return static_cast<int>(std::max<long>(0, left.count()));
}

[[noreturn]] void fail(const char* what) { throw std::system_error(errno, std::generic_category(), what); }

std::array<int, 2> make_pipe() {
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) fail("pipe");
  return ends;
}

/// Runs in the child after fork. Does not return.
[[noreturn]] void become(const std::vector<char*>& arguments, int in, int out, pid_t parent) {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (::getppid() != parent) ::_exit(126);
  ::dup2(in, STDIN_FILENO);
  ::dup2(out, STDOUT_FILENO);
  ::execv(arguments[0], arguments.data());
  ::_exit(127);
}

EngineReply read_answer(const std::string& line) {
  std::istringstream text(line);
  EngineReply answer;
  std::string word;
  text >> word;
  answer.ok = word == "ok";
  if (!answer.ok) {
    text >> answer.code >> word;
    answer.retryable = word == "retryable";
  }
  text >> std::ws;
  std::getline(text, answer.text);
  return answer;
}

}  // namespace

ChildEngine::ChildEngine(const std::filesystem::path& folder, const std::vector<std::string>& settings) {
  std::vector<std::string> words{FAULT_ENGINE_PROGRAM, folder.string()};
  words.insert(words.end(), settings.begin(), settings.end());
  std::vector<char*> arguments;
  for (auto& word : words) arguments.push_back(word.data());
  arguments.push_back(nullptr);

  ::signal(SIGPIPE, SIG_IGN);
  const auto orders = make_pipe();
  const auto answers = make_pipe();
  const pid_t self = ::getpid();
  process_ = ::fork();
  if (process_ < 0) fail("fork");
  if (process_ == 0) become(arguments, orders[0], answers[1], self);
  ::close(orders[0]);
  ::close(answers[1]);
  in_ = orders[1];
  out_ = answers[0];
  ::fcntl(out_, F_SETFL, O_NONBLOCK);
  pidfd_ = static_cast<int>(::syscall(SYS_pidfd_open, process_, 0));
  if (pidfd_ < 0) fail("pidfd_open");
}

ChildEngine::~ChildEngine() {
  kill();
  for (const int descriptor : {in_, out_, pidfd_}) {
    if (descriptor >= 0) ::close(descriptor);
  }
}

void ChildEngine::reap() {
  if (std::exchange(dead_, true)) return;
  int status = 0;
  while (::waitpid(process_, &status, 0) < 0 && errno == EINTR) {
  }
}

void ChildEngine::kill() {
  if (dead_) return;
  ::kill(process_, SIGKILL);
  reap();
}

void ChildEngine::signal(int number) const {
  if (!dead_) ::kill(process_, number);
}

bool ChildEngine::alive() { return !exits_within(milliseconds(0)); }

bool ChildEngine::exits_within(milliseconds patience) {
  const auto deadline = now() + patience;
  while (!dead_) {
    const auto until = kill_at_ ? std::min(deadline, *kill_at_) : deadline;
    pollfd waits{pidfd_, POLLIN, 0};
    const int count = ::poll(&waits, 1, milliseconds_to(until));
    if (count > 0)
      reap();
    else if (kill_at_ && now() >= *kill_at_)
      kill();
    else if (now() >= deadline)
      break;
  }
  return dead_;
}

/// Waits until its output can be read or it has ended.
void ChildEngine::wait_for_output() {
  const auto deadline = now() + kAnswerTimeout;
  for (;;) {
    const auto until = kill_at_ && !dead_ ? std::min(deadline, *kill_at_) : deadline;
    std::array<pollfd, 2> waits{{{out_, POLLIN, 0}, {pidfd_, POLLIN, 0}}};
    if (::poll(waits.data(), waits.size(), milliseconds_to(until)) > 0) return;
    if (kill_at_ && !dead_ && now() >= *kill_at_) return kill();
    if (now() >= deadline) throw std::runtime_error("The engine does not respond.");
  }
}

std::optional<std::string> ChildEngine::line() {
  for (;;) {
    if (const auto end = pending_.find('\n'); end != std::string::npos) {
      auto text = pending_.substr(0, end);
      pending_.erase(0, end + 1);
      return text;
    }
    wait_for_output();
    std::array<char, 4096> buffer{};
    const auto count = ::read(out_, buffer.data(), buffer.size());
    // Does not block. Its last output is read even if it has ended; its workers may keep the pipe open.
    if (count <= 0) break;
    pending_.append(buffer.data(), static_cast<std::size_t>(count));
  }
  reap();
  return {};
}

std::optional<EngineReply> ChildEngine::answer() {
  if (const auto text = line()) return read_answer(*text);
  return {};
}

bool ChildEngine::order(const std::string& command) {
  const auto text = command + '\n';
  return !dead_ && ::write(in_, text.data(), text.size()) == static_cast<ssize_t>(text.size());
}

std::optional<EngineReply> ChildEngine::request(const std::string& command) {
  if (!order(command)) return {};
  return answer();
}

testing::AssertionResult ready(ChildEngine& engine) {
  const auto answer = engine.started();
  if (!answer) return testing::AssertionFailure() << "the engine ended during its start";
  if (answer->ok) return testing::AssertionSuccess();
  return testing::AssertionFailure() << answer->code << ": " << answer->text;
}

bool ChildEngine::shut_down() {
  ::close(std::exchange(in_, -1));
  return exits_within(kAnswerTimeout);
}

}  // namespace convert::test
