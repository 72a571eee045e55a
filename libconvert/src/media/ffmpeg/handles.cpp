// SPDX-License-Identifier: MIT
#include "media/ffmpeg/handles.hpp"

#include <array>

#include <fmt/format.h>

namespace convert::media {

std::string av_text(int code) {
  std::array<char, AV_ERROR_MAX_STRING_SIZE> text{};
  av_strerror(code, text.data(), text.size());
  return text.data();
}

Error av_error(int code, const char* doing) {
  if (code == AVERROR(ENOMEM)) {
    return {Errc::unavailable, fmt::format("{} failed: out of memory. Try again later.", doing), true};
  }
  if (code == AVERROR_INVALIDDATA || code == AVERROR_EOF) {
    return {Errc::corrupt_input, fmt::format("{} failed: the data is damaged ({}).", doing, av_text(code))};
  }
  return {Errc::internal, fmt::format("{} failed: {}.", doing, av_text(code))};
}

}  // namespace convert::media
