// SPDX-License-Identifier: MIT
#pragma once

#include <sys/types.h>

#include <filesystem>
#include <string>

#include <convert/result.hpp>

#include "base/file_descriptor.hpp"
#include "sandbox/protocol/zygote_settings.hpp"

namespace convert::sandbox {

/// A zygote process. It is started by posix_spawn with an empty environment but for LD_BIND_NOW, in its own
/// session, with default signals and only the descriptors of its channel and the scratch root.
class ZygoteProcess {
 public:
  /// `channel` is the zygote's end; it is closed in this process. Errors: `io`, `not_found`.
  static Result<ZygoteProcess> start(const std::filesystem::path& program, const ZygoteSettings& settings,
                                     base::Descriptor channel, const std::filesystem::path& scratch_root);

  ZygoteProcess(ZygoteProcess&&) = default;
  ZygoteProcess& operator=(ZygoteProcess&&) = delete;
  /// Waits until the zygote has ended, and kills it after 5 s. Close its channel before.
  ~ZygoteProcess();

  pid_t pid() const { return pid_; }
  const base::Descriptor& process() const { return process_; }

  /// The start of its standard error stream, on one line.
  std::string stderr_text() const;

 private:
  ZygoteProcess(pid_t pid, base::Descriptor process, base::Descriptor stderr_file)
      : pid_(pid), process_(std::move(process)), stderr_file_(std::move(stderr_file)) {}

  pid_t pid_;
  base::Descriptor process_;
  base::Descriptor stderr_file_;
};

}  // namespace convert::sandbox
