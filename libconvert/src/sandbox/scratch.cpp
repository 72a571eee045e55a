// SPDX-License-Identifier: MIT
#include "sandbox/scratch.hpp"

#include <fcntl.h>
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

}  // namespace

Result<io::Descriptor> make_scratch(int root, const std::string& name) {
  if (::mkdirat(root, name.c_str(), 0700) != 0 || !give_to_nobody(root, name)) return cannot_make();
  io::Descriptor folder(::openat(root, name.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW));
  if (!folder) return cannot_make();
  return folder;
}

void drop_scratch(int root, const std::string& name) { (void)::unlinkat(root, name.c_str(), AT_REMOVEDIR); }

}  // namespace convert::sandbox
