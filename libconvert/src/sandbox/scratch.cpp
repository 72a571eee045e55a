// SPDX-License-Identifier: MIT
#include "sandbox/scratch.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

#include "sandbox/namespaces.hpp"

namespace convert::sandbox {
namespace {

Error cannot_make() { return io::system_error(errno, "Cannot make a scratch folder"); }

/// A root that may give nothing away stays root in its workers.
bool give_to_nobody(int root, const std::string& name) {
  return ::geteuid() != 0 || ::fchownat(root, name.c_str(), kNobody, kNobody, AT_SYMLINK_NOFOLLOW) == 0 ||
         errno == EPERM || errno == EINVAL;
}

constexpr const char* kDevices = "dev";
constexpr const char* kRandom = "dev/urandom";

/// The mount goes with the file that it is on, when the host removes that.
bool add_chance(int folder, const std::string& name, Chance chance) {
  if (chance == Chance::none) return true;
  if (::mkdirat(folder, kDevices, 0755) != 0) return false;
  if (chance == Chance::node) return make_chance(folder, kRandom);
  const io::Descriptor file(::openat(folder, kRandom, O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0600));
  const std::string place = fmt::format("/{}/{}", name, kRandom);
  return file && ::mount(kChance, place.c_str(), nullptr, MS_BIND, nullptr) == 0;
}

}  // namespace

Result<io::Descriptor> make_scratch(int root, const std::string& name, Chance chance) {
  if (::mkdirat(root, name.c_str(), 0700) != 0 || !give_to_nobody(root, name)) return cannot_make();
  io::Descriptor folder(::openat(root, name.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW));
  if (!folder || !add_chance(folder.get(), name, chance)) return cannot_make();
  return folder;
}

void drop_scratch(int root, const std::string& name) {
  const std::string devices = fmt::format("{}/{}", name, kDevices),
                    random = fmt::format("{}/{}", name, kRandom);
  (void)::umount2(fmt::format("/{}", random).c_str(), MNT_DETACH);
  (void)::unlinkat(root, random.c_str(), 0);
  (void)::unlinkat(root, devices.c_str(), AT_REMOVEDIR);
  (void)::unlinkat(root, name.c_str(), AT_REMOVEDIR);
}

}  // namespace convert::sandbox
