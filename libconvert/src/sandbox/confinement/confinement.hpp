// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include <convert/result.hpp>

#include "base/file_descriptor.hpp"
#include "sandbox/confinement/namespaces.hpp"
#include "sandbox/confinement/resource_limits.hpp"
#include "sandbox/confinement/seccomp_filter.hpp"
#include "sandbox/protocol/zygote_settings.hpp"

namespace convert::sandbox {

/// All layers of confinement together. Prepared once in the zygote and entered by every worker.
class Confinement {
 public:
  /// Call it after everything that workers need was loaded, while the process has one thread. Drops what the
  /// zygote does not need any more (files, network, new privileges), opens `scratch_root` again in its
  /// namespace, and tries the other layers in a child. Errors: `unsupported` (this kernel or its
  /// configuration lacks a required layer), unless the settings say `unconfined`.
  static Result<Confinement> prepare(const ZygoteSettings& settings, base::Descriptor& scratch_root);

  /// Confines this process, a new child of the zygote, irrevocably to its descriptors, its limits and the
  /// folder `scratch`, which becomes the current folder.
  Result<void> enter(int scratch) const;

  /// "seccomp, resource limits, Landlock 7, namespaces (user, mount, network, ipc, uts)"; empty if not
  /// confined.
  const std::string& text() const { return description_; }

  /// How scratch folders get /dev/urandom; see make_scratch_folder.
  RandomDevice random_device() const { return namespaces_.random_device; }

 private:
  Result<void> apply_layers(int scratch) const;
  Result<void> run_trial(int scratch_root) const;
  std::string describe() const;

  ZygoteSettings settings_;
  MemoryInUse initial_memory_;
  Namespaces namespaces_;
  int landlock_ = 0;
  bool confined_ = true;
  std::optional<SystemCallFilter> with_files_, without_files_;
  std::string description_;
};

}  // namespace convert::sandbox
