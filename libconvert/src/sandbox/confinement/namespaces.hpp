// SPDX-License-Identifier: MIT
#pragma once

#include <string>

#include <convert/result.hpp>

#include "base/file_descriptor.hpp"
#include "sandbox/confinement/scratch_folder.hpp"

namespace convert::sandbox {

/// What the kernel and its configuration permit.
struct Namespaces {
  bool isolated = false;         ///< own network, IPC and host name
  bool own_mount_root = false;   ///< the scratch root is the root folder
  bool user_namespaces = false;  ///< each worker can have its own
  RandomDevice random_device = RandomDevice::none;
  bool runs_as_root = false;     ///< the zygote is root on the machine or in its container
  std::string describe() const;  ///< "namespaces (user, mount, network, ipc, uts)"; empty if none
};

/// Puts the zygote into its own namespaces, without network and with `scratch_root` as the root folder, which
/// is opened again. Call it while the process has one thread, after everything was loaded. Steps that the
/// system refuses are skipped: Landlock and seccomp do not depend on them.
Namespaces enter_namespaces(base::Descriptor& scratch_root);

/// Makes the current folder the root folder of this process, and drops its capabilities and the user root.
/// Returns whether no path leads out of the folder any more.
Result<bool> drop_privileges(const Namespaces& namespaces);

}  // namespace convert::sandbox
