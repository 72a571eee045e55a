// SPDX-License-Identifier: MIT
#pragma once

#include <string>

#include <convert/result.hpp>

#include "io/system.hpp"

namespace convert::sandbox {

/// How a worker's scratch folder gets /dev/urandom; see make_scratch.
enum class Chance {
  none,   ///< not at all; where the worker's root folder stays the machine's, it needs none
  mount,  ///< from kChance
  node,   ///< as a device of its own: a container's root may make one, and may mount nothing
};

/// What the kernel and its operator let this process have.
struct Namespaces {
  bool own = false;       ///< network, IPC and host name
  bool own_root = false;  ///< the scratch root is all of its file system
  bool own_user = false;  ///< workers may have a user namespace each
  Chance chance = Chance::none;
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

/// Where the scratch root has /dev/urandom, with Chance::mount.
inline constexpr const char* kChance = "/urandom";

/// Makes the device `name` below `folder`.
bool make_chance(int folder, const char* name);

/// Who workers are that a root host starts.
inline constexpr unsigned kNobody = 65534;

}  // namespace convert::sandbox
