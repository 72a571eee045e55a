// SPDX-License-Identifier: MIT
#pragma once

#include <string>

#include <convert/result.hpp>

#include "base/file_descriptor.hpp"
#include "sandbox/confinement/scratch_folder.hpp"

namespace convert::sandbox {

/// What the kernel and its operator let this process have.
struct Namespaces {
  bool isolated = false;         ///< network, IPC and host name
  bool own_mount_root = false;   ///< the scratch root is all of its file system
  bool user_namespaces = false;  ///< workers may have a user namespace each
  RandomDevice random_device = RandomDevice::none;
  bool runs_as_root = false;     ///< the zygote is the machine's (or its container's) root
  std::string describe() const;  ///< "namespaces (user, mount, network, ipc, uts)"; empty: none
};

/// Puts the zygote into namespaces of its own, as far as it is let: there is no network, and no file but
/// those below `scratch_root`, which becomes its root folder (and is opened anew). To be called while the
/// process has one thread, after everything was loaded. What is refused is left out: Landlock and seccomp
/// stand by themselves.
Namespaces enter_namespaces(base::Descriptor& scratch_root);

/// Makes the current folder this process's root folder, and takes its last privileges: capabilities, and
/// root's number if it has that. Returns whether nothing outside of the folder can be named any more.
Result<bool> drop_privileges(const Namespaces& namespaces);

}  // namespace convert::sandbox
