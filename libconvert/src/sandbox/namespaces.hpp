// SPDX-License-Identifier: MIT
#pragma once

#include <string>

#include <convert/result.hpp>

#include "io/system.hpp"

namespace convert::sandbox {

/// What the kernel and its operator let this process have.
struct Namespaces {
  bool own = false;              ///< network, IPC and host name
  bool own_root = false;         ///< the scratch root is all of its file system
  bool own_user = false;         ///< workers may have a user namespace each
  bool chance = false;           ///< /dev/urandom is kept, for workers: see make_scratch
  bool outer_root = false;       ///< the zygote is the machine's (or its container's) root
  std::string describe() const;  ///< "namespaces (user, mount, network, ipc, uts)"; empty: none
};

/// Puts the zygote into namespaces of its own, as far as it is let: there is no network, and no file but
/// those below `scratch_root`, which becomes its root folder (and is opened anew). To be called while the
/// process has one thread, after everything was loaded. What is refused is left out: Landlock and seccomp
/// stand by themselves.
Namespaces enter_namespaces(io::Descriptor& scratch_root);

/// Makes the current folder this process's root folder, and takes its last privileges: capabilities, and
/// root's number if it has that. Returns whether nothing outside of the folder can be named any more.
Result<bool> give_up_privileges(const Namespaces& namespaces);

/// Where the scratch root has /dev/urandom, if `Namespaces::chance`.
inline constexpr const char* kChance = "/urandom";

/// Who workers are that a root host starts.
inline constexpr unsigned kNobody = 65534;

}  // namespace convert::sandbox
