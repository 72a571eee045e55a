// SPDX-License-Identifier: MIT
#include "support/server_process.hpp"

#include <arpa/inet.h>
#include <fcntl.h>
#include <grp.h>
#include <netinet/in.h>
#include <pwd.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <sstream>
#include <stdexcept>
#include <system_error>

#include "support/test_helpers.hpp"

namespace convert::test {
namespace {

struct User {
  uid_t user = 0;
  gid_t group = 0;
};

User unprivileged_user() {
  const passwd* const entry = ::getpwnam("nobody");
  return entry ? User{entry->pw_uid, entry->pw_gid} : User{65534, 65534};
}

/// Only system calls: another thread of the test may hold a lock at the time of the fork.
[[noreturn]] void execute(char* const* arguments, const ProgramStart& start, bool drops, const User& user,
                          bool dies_with_parent, pid_t parent) {
  const int log = ::open(start.log.c_str(), O_WRONLY | O_CREAT | O_APPEND, 0644);
  const int null = ::open("/dev/null", O_RDONLY);
  ::dup2(null, 0);
  ::dup2(log, 1);
  ::dup2(log, 2);
  ::close_range(3, ~0U, 0);
  if (drops && (::setgroups(0, nullptr) != 0 || ::setgid(user.group) != 0 || ::setuid(user.user) != 0))
    ::_exit(126);
  // After the change of user, which resets it.
  if (dies_with_parent) ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (dies_with_parent && ::getppid() != parent) ::_exit(126);
  if (::chdir(start.folder.c_str()) != 0) ::_exit(126);
  sigset_t none;
  ::sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
  ::execv(arguments[0], arguments);
  ::_exit(127);
}

pid_t spawn(const ProgramStart& start, bool dies_with_parent) {
  std::vector<std::string> words = start.command;
  std::vector<char*> arguments;
  for (std::string& word : words) arguments.push_back(word.data());
  arguments.push_back(nullptr);
  const bool drops = start.unprivileged && ::geteuid() == 0;
  const User user = unprivileged_user();
  const pid_t parent = ::getpid();
  const pid_t process = ::fork();
  if (process < 0) throw std::system_error(errno, std::generic_category(), "fork");
  if (process == 0) execute(arguments.data(), start, drops, user, dies_with_parent, parent);
  return process;
}

}  // namespace

int free_port() {
  const int socket = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t length = sizeof address;
  auto* const any = reinterpret_cast<sockaddr*>(&address);
  const bool bound = ::bind(socket, any, length) == 0 && ::getsockname(socket, any, &length) == 0;
  ::close(socket);
  if (!bound) throw std::runtime_error("There is no free port.");
  return ntohs(address.sin_port);
}

std::string find_program(const std::string& name, const std::vector<std::string>& folders) {
  const char* path = std::getenv("PATH");
  std::istringstream parts(path ? path : "/usr/bin:/bin");
  std::vector<std::string> all;
  for (std::string folder; std::getline(parts, folder, ':');) all.push_back(folder);
  all.insert(all.end(), folders.begin(), folders.end());
  for (const std::string& folder : all) {
    const std::string file = folder + "/" + name;
    if (::access(file.c_str(), X_OK) == 0) return file;
  }
  return {};
}

void own_by_unprivileged(const std::filesystem::path& path) {
  if (::geteuid() != 0) return;
  const User user = unprivileged_user();
  if (::chown(path.c_str(), user.user, user.group) != 0)
    throw std::system_error(errno, std::generic_category(), path.string());
}

int run_program(const ProgramStart& start) {
  const pid_t process = spawn(start, false);
  int status = 0;
  while (::waitpid(process, &status, 0) < 0 && errno == EINTR) {
  }
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

ServerProcess::ServerProcess(const ProgramStart& start) : process_(spawn(start, true)) {}

ServerProcess::~ServerProcess() {
  if (!runs()) return;
  signal(SIGKILL);
  while (::waitpid(process_, nullptr, 0) < 0 && errno == EINTR) {
  }
}

bool ServerProcess::runs() {
  if (process_ > 0 && ::waitpid(process_, nullptr, WNOHANG) == process_) process_ = -1;
  return process_ > 0;
}

void ServerProcess::signal(int number) const {
  if (process_ > 0) ::kill(process_, number);
}

bool ServerProcess::wait(std::chrono::milliseconds patience) {
  return eventually(patience, [this]() { return !runs(); });
}

}  // namespace convert::test
