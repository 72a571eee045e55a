// SPDX-License-Identifier: MIT
#pragma once

#include <linux/filter.h>

#include <vector>

#include <convert/result.hpp>

namespace convert::sandbox {

/// A filter of system calls, ready for the kernel. Made once, entered by every worker.
class SystemCallFilter {
 public:
  /// `files`: nothing outside of the scratch folder can be named, so that files may be opened.
  static Result<SystemCallFilter> make(bool files);

  /// Confines this process for good: from now on a call that is in neither list of system_calls.hpp kills it.
  /// Needs no_new_privs.
  Result<void> enter() const;

 private:
  std::vector<sock_filter> program_;
};

}  // namespace convert::sandbox
