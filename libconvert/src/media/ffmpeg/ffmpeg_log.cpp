// SPDX-License-Identifier: MIT
#include "media/ffmpeg/ffmpeg_log.hpp"

#include <cstdarg>
#include <mutex>

extern "C" {
#include <libavutil/log.h>
}

namespace convert::media {
namespace {

thread_local int silence_depth = 0;

void log_unless_silenced(void* context, int level, const char* format, va_list arguments) {
  if (silence_depth == 0) av_log_default_callback(context, level, format, arguments);
}

}  // namespace

void install_log_filter() {
  static std::once_flag once;
  std::call_once(once, [] { av_log_set_callback(&log_unless_silenced); });
}

LogSilencer::LogSilencer() noexcept { ++silence_depth; }
LogSilencer::~LogSilencer() { --silence_depth; }

}  // namespace convert::media
