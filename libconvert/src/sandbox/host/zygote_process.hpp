// SPDX-License-Identifier: MIT
#pragma once

#include <sys/types.h>

#include <filesystem>
#include <string>

#include <convert/result.hpp>

#include "base/file_descriptor.hpp"
#include "sandbox/protocol/zygote_settings.hpp"

namespace convert::sandbox {

/// A zygote, started by posix_spawn: an empty environment, a session of its own, default signals, and no
/// descriptors but its channel and the scratch root. Ended and waited for by the destructor.
class ZygoteProcess {
 public:
  /// `channel` is the zygote's end, closed here. Errors: `io`, `not_found`.
  static Result<ZygoteProcess> start(const std::filesystem::path& program, const ZygoteSettings& settings,
                                     base::Descriptor channel, const std::filesystem::path& scratch_root);

  ZygoteProcess(ZygoteProcess&&) = default;
  ZygoteProcess& operator=(ZygoteProcess&&) = delete;
  /// Its channel has been closed: it is given time to end by itself, and to wait for its workers.
  ~ZygoteProcess();

  pid_t pid() const { return pid_; }
  const base::Descriptor& process() const { return process_; }

  /// The begin of what it printed to its standard error stream, on one line.
  std::string stderr_text() const;

 private:
  ZygoteProcess(pid_t pid, base::Descriptor process, base::Descriptor stderr_file)
      : pid_(pid), process_(std::move(process)), stderr_file_(std::move(stderr_file)) {}

  pid_t pid_;
  base::Descriptor process_;
  base::Descriptor stderr_file_;
};

}  // namespace convert::sandbox
