// SPDX-License-Identifier: MIT
#include "sandbox/confinement/namespaces.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <grp.h>
#include <linux/capability.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <filesystem>
#include <span>
#include <system_error>

#include "base/try.hpp"
#include "sandbox/protocol/zygote_settings.hpp"

namespace convert::sandbox {
namespace {

namespace fs = std::filesystem;

constexpr int kNamespaceFlags = CLONE_NEWNS | CLONE_NEWNET | CLONE_NEWIPC | CLONE_NEWUTS;

bool write_file(const char* path, const std::string& text) {
  const base::Descriptor file = base::open_path(path, O_WRONLY);
  return file && base::write_all(file.get(), std::as_bytes(std::span(text))).has_value();
}

/// Maps user and group to themselves in a new user namespace. Without it workers could not make their own.
bool map_own_ids(unsigned user, unsigned group) {
  return write_file("/proc/self/setgroups", "deny") &&
         write_file("/proc/self/uid_map", fmt::format("{0} {0} 1", user)) &&
         write_file("/proc/self/gid_map", fmt::format("{0} {0} 1", group));
}

bool same_folder(int one, int other) {
  struct stat a {
  }, b{};
  return ::fstat(one, &a) == 0 && ::fstat(other, &b) == 0 && a.st_dev == b.st_dev && a.st_ino == b.st_ino;
}

/// Mounts /dev/urandom below `folder`. FFmpeg opens it by name; without it, FFmpeg measures the processor's
/// clock for 0.1 s whenever a file needs a random number.
bool bind_random_device(const fs::path& folder) {
  const fs::path place = folder / (kRandomDevicePath + 1);
  const base::Descriptor file = base::open_path(place, O_CREAT | O_WRONLY, 0600);
  return file && ::mount("/dev/urandom", place.c_str(), nullptr, MS_BIND, nullptr) == 0;
}

/// Makes `folder` the root of this process's mount namespace and unmounts the rest. Uses the path of the
/// folder: a descriptor of the old namespace cannot be mounted.
bool pivot_root_into(base::Descriptor& folder, RandomDevice& random_device) {
  std::error_code failure;
  const fs::path path = fs::read_symlink(fmt::format("/proc/self/fd/{}", folder.get()), failure);
  if (failure || ::mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0) return false;
  if (::mount(path.c_str(), path.c_str(), nullptr, MS_BIND, nullptr) != 0) return false;
  base::Descriptor inside = base::open_path(path, O_PATH | O_DIRECTORY);
  if (!inside || !same_folder(inside.get(), folder.get()) || ::fchdir(inside.get()) != 0) return false;
  if (bind_random_device(path)) random_device = RandomDevice::mount;
  if (::syscall(SYS_pivot_root, ".", ".") != 0) return false;
  if (::umount2(".", MNT_DETACH) != 0 || ::chdir("/") != 0) return false;
  // If the flags of the old mount do not permit this, Landlock and seccomp forbid the same.
  (void)::mount(nullptr, "/", nullptr, MS_REMOUNT | MS_BIND | MS_NOSUID | MS_NODEV | MS_NOEXEC, nullptr);
  folder = std::move(inside);
  return true;
}

/// Whether a child of this process can make a user namespace. Tries it in a child.
bool can_make_user_namespace() {
  const pid_t child = ::fork();
  if (child == 0) ::_exit(::unshare(CLONE_NEWUSER) == 0 ? 0 : 1);
  int status = -1;
  while (child > 0 && ::waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  return child > 0 && WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

/// A root user that may not change its id (EPERM) has no privileges to drop. One whose user namespace does
/// not map nobody (EINVAL) is another user outside of it, and loses its privileges with its capabilities.
bool stays_root(int code) { return code == EPERM || code == EINVAL; }

Result<void> drop_root() {
  if (::setgroups(0, nullptr) != 0 && errno != EPERM)
    return base::system_error(errno, "Cannot drop supplementary groups");
  if (::setresgid(kNobodyId, kNobodyId, kNobodyId) != 0 && !stays_root(errno)) {
    return base::system_error(errno, "Cannot drop the group root");
  }
  if (::setresuid(kNobodyId, kNobodyId, kNobodyId) != 0 && !stays_root(errno)) {
    return base::system_error(errno, "Cannot drop the user root");
  }
  return {};
}

Result<void> drop_all_capabilities() {
  __user_cap_header_struct header{_LINUX_CAPABILITY_VERSION_3, 0};
  const std::array<__user_cap_data_struct, _LINUX_CAPABILITY_U32S_3> none{};
  (void)::prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);  // old kernels have none
  if (::syscall(SYS_capset, &header, none.data()) == 0) return {};
  return base::system_error(errno, "Cannot drop capabilities");
}

}  // namespace

std::string Namespaces::describe() const {
  std::string names;
  const auto add = [&names](bool there, const char* name) {
    if (there) names += (names.empty() ? "" : ", ") + std::string(name);
  };
  add(user_namespaces, "user");
  add(own_mount_root, "mount");
  add(isolated, "network, ipc, uts");
  return names.empty() ? names : fmt::format("namespaces ({})", names);
}

Namespaces enter_namespaces(base::Descriptor& scratch_root) {
  Namespaces result;
  const unsigned user = ::geteuid(), group = ::getegid();
  if (user == 0 && ::unshare(kNamespaceFlags) == 0) {
    result.isolated = true;
    result.runs_as_root = true;
  } else if (::unshare(CLONE_NEWUSER | kNamespaceFlags) == 0) {
    result.isolated = map_own_ids(user, group);
  } else {
    result.runs_as_root = user == 0;
  }
  if (result.isolated) result.own_mount_root = pivot_root_into(scratch_root, result.random_device);
  if (!result.own_mount_root)
    result.random_device =
        can_make_random_device(scratch_root.get()) ? RandomDevice::node : RandomDevice::none;
  result.user_namespaces = can_make_user_namespace();
  return result;
}

Result<bool> drop_privileges(const Namespaces& namespaces) {
  // The order matters: a process with a changed root cannot make a user namespace.
  bool rooted = !namespaces.user_namespaces && ::chroot(".") == 0;
  if (namespaces.runs_as_root) {
    CONVERT_TRY(drop_root());
  }
  if (namespaces.user_namespaces) {
    if (::unshare(CLONE_NEWUSER) != 0) return base::system_error(errno, "Cannot make a user namespace");
    rooted = ::chroot(".") == 0;
  }
  CONVERT_TRY(drop_all_capabilities());
  return rooted;
}

}  // namespace convert::sandbox
