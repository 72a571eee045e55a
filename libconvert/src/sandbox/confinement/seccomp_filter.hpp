// SPDX-License-Identifier: MIT
#pragma once

#include <linux/filter.h>

#include <vector>

#include <convert/result.hpp>

namespace convert::sandbox {

/// A filter of system calls. Made once in the zygote and entered by every worker.
class SystemCallFilter {
 public:
  /// `files`: permits opening files, since other layers deny those outside of the scratch folder.
  static Result<SystemCallFilter> make(bool files);

  /// Installs the filter irrevocably: a system call that is in neither list of system_call_lists.hpp kills
  /// the process. Needs no_new_privs.
  Result<void> enter() const;

 private:
  std::vector<sock_filter> program_;
};

}  // namespace convert::sandbox
