// SPDX-License-Identifier: MIT
#pragma once

namespace convert::media {

/// FFmpeg's log is one for the whole process. From the first call on, what FFmpeg says in a thread inside a
/// LogSilencer is dropped; everything else goes where FFmpeg sends it by default.
void install_log_filter();

/// Marks the calling thread as ours while it lives.
class LogSilencer {
 public:
  LogSilencer() noexcept;
  ~LogSilencer();
  LogSilencer(const LogSilencer&) = delete;
  LogSilencer& operator=(const LogSilencer&) = delete;
};

}  // namespace convert::media
