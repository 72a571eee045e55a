// SPDX-License-Identifier: MIT
#pragma once

namespace convert::media {

/// Installs a log callback for the whole process. It drops the messages of threads that hold a LogSilencer
/// and passes all others to FFmpeg's default callback. Idempotent; thread-safe.
void install_log_filter();

/// Silences FFmpeg's log in the current thread during its lifetime. May be nested.
class LogSilencer {
 public:
  LogSilencer() noexcept;
  ~LogSilencer();
  LogSilencer(const LogSilencer&) = delete;
  LogSilencer& operator=(const LogSilencer&) = delete;
};

}  // namespace convert::media
