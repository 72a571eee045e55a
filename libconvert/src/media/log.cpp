// SPDX-License-Identifier: MIT
#include "media/log.hpp"

#include <cstdarg>
#include <mutex>

extern "C" {
#include <libavutil/log.h>
}

namespace convert::media {
namespace {

thread_local int quiet_depth = 0;

void log_unless_quiet(void* context, int level, const char* format, va_list arguments) {
  if (quiet_depth == 0) av_log_default_callback(context, level, format, arguments);
}

}  // namespace

void quieten() {
  static std::once_flag once;
  std::call_once(once, [] { av_log_set_callback(&log_unless_quiet); });
}

QuietScope::QuietScope() noexcept { ++quiet_depth; }
QuietScope::~QuietScope() { --quiet_depth; }

}  // namespace convert::media
