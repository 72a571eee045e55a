// SPDX-License-Identifier: MIT
#include "sandbox/namespaces.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <grp.h>
#include <linux/capability.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <filesystem>
#include <span>
#include <system_error>

namespace convert::sandbox {
namespace {

namespace fs = std::filesystem;

constexpr int kOthers = CLONE_NEWNS | CLONE_NEWNET | CLONE_NEWIPC | CLONE_NEWUTS;

bool write_file(const char* path, const std::string& text) {
  const io::Descriptor file = io::open_path(path, O_WRONLY);
  return file && io::write_all(file.get(), std::as_bytes(std::span(text))).has_value();
}

/// In a new user namespace: everybody keeps the number they had. Without it workers could have no
/// namespaces of theirs.
bool map_self(unsigned user, unsigned group) {
  return write_file("/proc/self/setgroups", "deny") &&
         write_file("/proc/self/uid_map", fmt::format("{0} {0} 1", user)) &&
         write_file("/proc/self/gid_map", fmt::format("{0} {0} 1", group));
}

bool same_folder(int one, int other) {
  struct stat a {
  }, b{};
  return ::fstat(one, &a) == 0 && ::fstat(other, &b) == 0 && a.st_dev == b.st_dev && a.st_ino == b.st_ino;
}

/// Puts /dev/urandom below `folder`. FFmpeg opens it by name, and instead of it would measure the processor's
/// clock for a tenth of a second whenever a file needs a number of its own.
bool keep_chance(const fs::path& folder) {
  const fs::path place = folder / (kChance + 1);
  const io::Descriptor file = io::open_path(place, O_CREAT | O_WRONLY, 0600);
  return file && ::mount("/dev/urandom", place.c_str(), nullptr, MS_BIND, nullptr) == 0;
}

/// Whether such a device can be made and then opened, which a file system may forbid.
bool can_make_chance(int folder) {
  constexpr const char* kTrial = "trial-of-chance";
  const bool made = make_chance(folder, kTrial);
  const io::Descriptor opened(made ? ::openat(folder, kTrial, O_RDONLY | O_CLOEXEC) : -1);
  if (made) (void)::unlinkat(folder, kTrial, 0);
  return static_cast<bool>(opened);
}

/// Makes `folder` the root of this process's own mount namespace, and the rest unreachable. The folder is
/// found by its name: a descriptor from before the namespace belongs to the old one, and can't be mounted.
bool pivot_into(io::Descriptor& folder, Chance& chance) {
  std::error_code failure;
  const fs::path path = fs::read_symlink(fmt::format("/proc/self/fd/{}", folder.get()), failure);
  if (failure || ::mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0) return false;
  if (::mount(path.c_str(), path.c_str(), nullptr, MS_BIND, nullptr) != 0) return false;
  io::Descriptor inside = io::open_path(path, O_PATH | O_DIRECTORY);
  if (!inside || !same_folder(inside.get(), folder.get()) || ::fchdir(inside.get()) != 0) return false;
  if (keep_chance(path)) chance = Chance::mount;
  if (::syscall(SYS_pivot_root, ".", ".") != 0) return false;
  if (::umount2(".", MNT_DETACH) != 0 || ::chdir("/") != 0) return false;
  // Where the old mount's own flags forbid the change, Landlock and seccomp forbid the same things.
  (void)::mount(nullptr, "/", nullptr, MS_REMOUNT | MS_BIND | MS_NOSUID | MS_NODEV | MS_NOEXEC, nullptr);
  folder = std::move(inside);
  return true;
}

/// Whether a child of this process could make a user namespace; asked of a child that does.
bool may_have_users() {
  const pid_t child = ::fork();
  if (child == 0) ::_exit(::unshare(CLONE_NEWUSER) == 0 ? 0 : 1);
  int status = -1;
  while (child > 0 && ::waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  return child > 0 && WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

/// A root that may not change who it is (EPERM) has no privileges to give up. One whose user namespace has no
/// nobody (EINVAL) is somebody else outside of it, and loses what it has with its capabilities.
bool stays_root(int code) { return code == EPERM || code == EINVAL; }

Result<void> become_nobody() {
  if (::setgroups(0, nullptr) != 0 && errno != EPERM) return io::system_error(errno, "Cannot leave groups");
  if (::setresgid(kNobody, kNobody, kNobody) != 0 && !stays_root(errno)) {
    return io::system_error(errno, "Cannot give up root's group");
  }
  if (::setresuid(kNobody, kNobody, kNobody) != 0 && !stays_root(errno)) {
    return io::system_error(errno, "Cannot give up being root");
  }
  return {};
}

Result<void> drop_capabilities() {
  __user_cap_header_struct header{_LINUX_CAPABILITY_VERSION_3, 0};
  const std::array<__user_cap_data_struct, _LINUX_CAPABILITY_U32S_3> none{};
  (void)::prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);  // there are none on old kernels
  if (::syscall(SYS_capset, &header, none.data()) == 0) return {};
  return io::system_error(errno, "Cannot drop capabilities");
}

}  // namespace

bool make_chance(int folder, const char* name) {
  constexpr unsigned kMemoryDevices = 1, kUrandom = 9;
  return ::mknodat(folder, name, S_IFCHR | 0444, ::makedev(kMemoryDevices, kUrandom)) == 0;
}

std::string Namespaces::describe() const {
  std::string names;
  const auto add = [&names](bool there, const char* name) {
    if (there) names += (names.empty() ? "" : ", ") + std::string(name);
  };
  add(own_user, "user");
  add(own_root, "mount");
  add(own, "network, ipc, uts");
  return names.empty() ? names : fmt::format("namespaces ({})", names);
}

Namespaces enter_namespaces(io::Descriptor& scratch_root) {
  Namespaces result;
  const unsigned user = ::geteuid(), group = ::getegid();
  if (user == 0 && ::unshare(kOthers) == 0) {
    result.own = true;
    result.outer_root = true;
  } else if (::unshare(CLONE_NEWUSER | kOthers) == 0) {
    result.own = map_self(user, group);
  } else {
    result.outer_root = user == 0;
  }
  if (result.own) result.own_root = pivot_into(scratch_root, result.chance);
  if (!result.own_root) result.chance = can_make_chance(scratch_root.get()) ? Chance::node : Chance::none;
  result.own_user = may_have_users();
  return result;
}

Result<bool> give_up_privileges(const Namespaces& namespaces) {
  // A process in a changed root can't make a user namespace: the order is this.
  bool rooted = !namespaces.own_user && ::chroot(".") == 0;
  if (namespaces.outer_root) {
    if (auto nobody = become_nobody(); !nobody) return nobody.error();
  }
  if (namespaces.own_user) {
    if (::unshare(CLONE_NEWUSER) != 0) return io::system_error(errno, "Cannot make a user namespace");
    rooted = ::chroot(".") == 0;
  }
  if (auto dropped = drop_capabilities(); !dropped) return dropped.error();
  return rooted;
}

}  // namespace convert::sandbox
