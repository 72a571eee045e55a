// SPDX-License-Identifier: MIT
#include "cli/run_program.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <pty.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdlib>
#include <utility>

#include "support/test_files.hpp"

namespace convert::test {
namespace fs = std::filesystem;
namespace {

/// Runs in the child after fork. Never returns.
[[noreturn]] void become(const std::vector<std::string>& words) {
  // A background job of a shell inherits these as ignored.
  for (const int number : {SIGINT, SIGTERM, SIGHUP, SIGPIPE}) ::signal(number, SIG_DFL);
  std::vector<char*> arguments;
  for (const auto& word : words) arguments.push_back(const_cast<char*>(word.c_str()));
  arguments.push_back(nullptr);
  ::execv(arguments[0], arguments.data());
  ::_exit(127);
}

void redirect(const char* path, int flags, int descriptor) {
  const int opened = ::open(path, flags | O_CLOEXEC, 0600);
  if (opened < 0 || ::dup2(opened, descriptor) < 0) ::_exit(126);
}

int code_of(pid_t process) {
  int status = 0;
  while (::waitpid(process, &status, 0) < 0 && errno == EINTR) {
  }
  return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

std::vector<std::string> with_program(const std::vector<std::string>& words) {
  std::vector<std::string> all{CONVERT_FILE_PROGRAM};
  all.insert(all.end(), words.begin(), words.end());
  return all;
}

ProgramResult run(const std::vector<std::string>& words) {
  const TemporaryFolder folder;
  const auto out = folder / "out";
  const auto err = folder / "err";
  constexpr int fresh = O_WRONLY | O_CREAT | O_TRUNC;
  const pid_t process = ::fork();
  if (process == 0) {
    redirect("/dev/null", O_RDONLY, STDIN_FILENO);
    redirect(out.c_str(), fresh, STDOUT_FILENO);
    redirect(err.c_str(), fresh, STDERR_FILENO);
    become(words);
  }
  const int code = code_of(process);
  return {code, read_file(out), read_file(err)};
}

}  // namespace

ProgramResult convert_file(const std::vector<std::string>& words) { return run(with_program(words)); }

ProgramResult bash(const std::string& line) {
  return run(
      {"/bin/bash", "-c", fmt::format("set -o pipefail; convert='{}'; {}", CONVERT_FILE_PROGRAM, line)});
}

RunningProgram RunningProgram::with_pipe(const std::vector<std::string>& words) {
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) std::abort();
  const pid_t process = ::fork();
  if (process == 0) {
    ::dup2(ends[0], STDIN_FILENO);
    redirect("/dev/null", O_WRONLY, STDOUT_FILENO);
    become(with_program(words));
  }
  ::close(ends[0]);
  return {process, ends[1]};
}

RunningProgram RunningProgram::on_terminal(const std::vector<std::string>& words,
                                           const std::vector<std::string>& environment) {
  winsize size{};
  size.ws_col = 80;
  size.ws_row = 25;
  int stream = -1;
  const pid_t process = ::forkpty(&stream, nullptr, nullptr, &size);
  if (process == 0) {
    ::unsetenv("NO_COLOR");
    for (const auto& variable : environment) ::putenv(const_cast<char*>(variable.c_str()));
    become(with_program(words));
  }
  return {process, stream};
}

RunningProgram::RunningProgram(RunningProgram&& other) noexcept
    : process_(std::exchange(other.process_, -1)), stream_(std::exchange(other.stream_, -1)) {}

RunningProgram::~RunningProgram() {
  if (stream_ >= 0) ::close(stream_);
  if (process_ < 0) return;
  ::kill(process_, SIGKILL);
  code_of(process_);
}

void RunningProgram::feed(const std::string& bytes) const {
  ::signal(SIGPIPE, SIG_IGN);
  for (std::size_t done = 0; done < bytes.size();) {
    const auto count = ::write(stream_, bytes.data() + done, bytes.size() - done);
    if (count < 0 && errno != EINTR) return;
    if (count > 0) done += static_cast<std::size_t>(count);
  }
}

void RunningProgram::signal(int number) const { ::kill(process_, number); }

std::string RunningProgram::screen() const {
  std::string text;
  std::array<char, 4096> buffer{};
  // EIO: the last process has closed the terminal.
  for (ssize_t count = 0; (count = ::read(stream_, buffer.data(), buffer.size())) > 0;) {
    text.append(buffer.data(), static_cast<std::size_t>(count));
  }
  return text;
}

int RunningProgram::wait() { return code_of(std::exchange(process_, -1)); }

TemporaryFolderTest::TemporaryFolderTest() : before_(fs::current_path()) { fs::current_path(folder_.path()); }

TemporaryFolderTest::~TemporaryFolderTest() { fs::current_path(before_); }

void TemporaryFolderTest::write(const std::string& name, const std::string& text) { write_file(name, text); }

std::string TemporaryFolderTest::read(const std::string& name) { return read_file(name); }

bool TemporaryFolderTest::have_music() {
  return bash(
             "ffmpeg -v error -i '/usr/share/games/singularity/music/Awakening.ogg' "
             "-af aresample=44100,atrim=end_sample=132300 -metadata title=Awakening song.wav")
             .code == 0;
}

}  // namespace convert::test
