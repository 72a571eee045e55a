// SPDX-License-Identifier: MIT
#include "support/small_disk.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <exception>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include "support/test_files.hpp"

namespace convert::test {
namespace {

constexpr int kNotPermitted = 77;

/// Enters a new mount namespace, with a new user namespace if that is needed. The user and group stay the
/// same.
bool enter_namespaces() {
  const auto user = ::getuid();
  const auto group = ::getgid();
  const bool allowed = ::unshare(CLONE_NEWNS) == 0;
  if (!allowed && ::unshare(CLONE_NEWUSER | CLONE_NEWNS) != 0) return false;
  if (!allowed) {
    write_file("/proc/self/setgroups", "deny");
    write_file("/proc/self/uid_map", fmt::format("{} {} 1", user, user));
    write_file("/proc/self/gid_map", fmt::format("{} {} 1", group, group));
  }
  return ::mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) == 0;
}

bool mount_disk(const std::filesystem::path& folder, std::uint64_t bytes) {
  return ::mount("disk", folder.c_str(), "tmpfs", 0, fmt::format("size={}", bytes).c_str()) == 0;
}

[[noreturn]] void run_alone(const std::filesystem::path& folder, std::uint64_t bytes,
                            const std::function<void()>& body) {
  if (!enter_namespaces() || !mount_disk(folder, bytes)) ::_exit(kNotPermitted);
  try {
    body();
  } catch (const std::exception& exception) {
    ADD_FAILURE() << exception.what();
  }
  std::fflush(nullptr);
  ::_exit(testing::Test::HasFailure() ? 1 : 0);
}

}  // namespace

bool on_small_disk(const std::filesystem::path& folder, std::uint64_t bytes,
                   const std::function<void()>& body) {
  std::fflush(nullptr);
  const pid_t process = ::fork();
  if (process == 0) run_alone(folder, bytes, body);
  int status = 0;
  while (::waitpid(process, &status, 0) < 0 && errno == EINTR) {
  }
  if (WIFEXITED(status) && WEXITSTATUS(status) == kNotPermitted) return false;
  EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0) << "see the failures of the child process";
  return true;
}

void make_read_only(const std::filesystem::path& folder, bool read_only) {
  const unsigned long flags =
      MS_REMOUNT | MS_BIND | (read_only ? static_cast<unsigned long>(MS_RDONLY) : 0UL);
  if (::mount(nullptr, folder.c_str(), nullptr, flags, nullptr) != 0) {
    throw std::system_error(errno, std::generic_category(), "remount");
  }
}

DiskFiller::DiskFiller(std::filesystem::path file) : file_(std::move(file)) {
  const int descriptor = ::open(file_.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
  const std::vector<char> block(4096);
  while (::write(descriptor, block.data(), block.size()) > 0) {
  }
  ::close(descriptor);
}

DiskFiller::~DiskFiller() {
  std::error_code failure;
  std::filesystem::remove(file_, failure);
}

}  // namespace convert::test
