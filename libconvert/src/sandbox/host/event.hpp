// SPDX-License-Identifier: MIT
#pragma once

#include <sys/eventfd.h>

#include "base/file_descriptor.hpp"

namespace convert::sandbox {

/// Something that happens once and that poll can wait for. Thread-safe.
class EventFd {
 public:
  EventFd() : descriptor_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {}
  /// False: the process has no descriptor left for it.
  explicit operator bool() const { return static_cast<bool>(descriptor_); }
  void set() { (void)::eventfd_write(descriptor_.get(), 1); }
  int descriptor() const { return descriptor_.get(); }

 private:
  base::Descriptor descriptor_;
};

}  // namespace convert::sandbox
