// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include <convert/result.hpp>

#include "io/system.hpp"
#include "sandbox/limits.hpp"
#include "sandbox/namespaces.hpp"
#include "sandbox/seccomp.hpp"
#include "sandbox/zygote_settings.hpp"

namespace convert::sandbox {

/// All layers together. Prepared once in the zygote, entered by every worker.
class Confinement {
 public:
  /// To be called when everything was loaded that workers need, while the process has one thread. Takes from
  /// the zygote what it needs no more (files, network, new privileges), opens `scratch_root` anew in its
  /// namespace, and tries the rest out in a child. Errors: `unsupported` (this kernel, or its operator, lacks
  /// what can't be done without), unless the settings say `unconfined`.
  static Result<Confinement> prepare(const ZygoteSettings& settings, io::Descriptor& scratch_root);

  /// Confines this process, a fresh child of the zygote, for good: nothing is left to it but its descriptors,
  /// its limits, and the folder `scratch`, which becomes its current one.
  Result<void> enter(int scratch) const;

  /// "seccomp, resource limits, Landlock 7, namespaces (user, mount, network, ipc, uts)"; empty: nothing.
  const std::string& text() const { return text_; }

  /// How scratch folders are to get /dev/urandom: see make_scratch.
  Chance chance() const { return namespaces_.chance; }

 private:
  Result<void> enter_all(int scratch) const;
  Result<void> try_out(int scratch_root) const;
  std::string describe() const;

  ZygoteSettings settings_;
  MemoryInUse memory_before_;
  Namespaces namespaces_;
  int landlock_ = 0;
  bool confined_ = true;
  std::optional<SystemCallFilter> with_files_, without_files_;
  std::string text_;
};

}  // namespace convert::sandbox
