// SPDX-License-Identifier: MIT
#include "sandbox/confinement/scratch_folder.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <cerrno>

#include "sandbox/protocol/zygote_settings.hpp"

namespace convert::sandbox {
namespace {

Error scratch_error() { return base::system_error(errno, "Cannot make a scratch folder"); }

/// If root may not change owners, its workers stay root.
bool chown_to_nobody(int root, const std::string& name) {
  return ::geteuid() != 0 || ::fchownat(root, name.c_str(), kNobodyId, kNobodyId, AT_SYMLINK_NOFOLLOW) == 0 ||
         errno == EPERM || errno == EINVAL;
}

constexpr const char* kDeviceFolder = "dev";
constexpr const char* kDeviceFile = "dev/urandom";

bool make_random_device(int folder, const char* name) {
  constexpr unsigned kMemoryDevices = 1, kUrandom = 9;
  return ::mknodat(folder, name, S_IFCHR | 0444, ::makedev(kMemoryDevices, kUrandom)) == 0;
}

/// The mount ends when the host removes the file below it.
bool add_random_device(int folder, const std::string& name, RandomDevice random_device) {
  if (random_device == RandomDevice::none) return true;
  if (::mkdirat(folder, kDeviceFolder, 0755) != 0) return false;
  if (random_device == RandomDevice::node) return make_random_device(folder, kDeviceFile);
  const base::Descriptor file(::openat(folder, kDeviceFile, O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0600));
  const std::string place = fmt::format("/{}/{}", name, kDeviceFile);
  return file && ::mount(kRandomDevicePath, place.c_str(), nullptr, MS_BIND, nullptr) == 0;
}

}  // namespace

bool can_make_random_device(int folder) {
  constexpr const char* kTrialDevice = "trial-of-chance";
  const bool made = make_random_device(folder, kTrialDevice);
  const base::Descriptor opened(made ? ::openat(folder, kTrialDevice, O_RDONLY | O_CLOEXEC) : -1);
  if (made) (void)::unlinkat(folder, kTrialDevice, 0);
  return static_cast<bool>(opened);
}

Result<base::Descriptor> make_scratch_folder(int root, const std::string& name, RandomDevice random_device) {
  if (::mkdirat(root, name.c_str(), 0700) != 0 || !chown_to_nobody(root, name)) return scratch_error();
  base::Descriptor folder(::openat(root, name.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW));
  if (!folder || !add_random_device(folder.get(), name, random_device)) return scratch_error();
  return folder;
}

void remove_scratch(int root, const std::string& name) {
  const std::string devices = fmt::format("{}/{}", name, kDeviceFolder),
                    random = fmt::format("{}/{}", name, kDeviceFile);
  (void)::umount2(fmt::format("/{}", random).c_str(), MNT_DETACH);
  (void)::unlinkat(root, random.c_str(), 0);
  (void)::unlinkat(root, devices.c_str(), AT_REMOVEDIR);
  (void)::unlinkat(root, name.c_str(), AT_REMOVEDIR);
}

}  // namespace convert::sandbox
