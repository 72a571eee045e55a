// SPDX-License-Identifier: MIT
#pragma once

namespace convert::media {

/// FFmpeg's log is one for the whole process. From the first call on, what FFmpeg says in a thread inside a
/// QuietScope is dropped; everything else goes where FFmpeg sends it by default.
void quieten();

/// Marks the calling thread as ours while it lives.
class QuietScope {
 public:
  QuietScope() noexcept;
  ~QuietScope();
  QuietScope(const QuietScope&) = delete;
  QuietScope& operator=(const QuietScope&) = delete;
};

}  // namespace convert::media
