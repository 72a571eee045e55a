// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <string_view>

#include "media/ffmpeg/handles.hpp"

namespace convert::media {

/// Whether a demuxer may see a stranger's bytes.
bool is_allowed_demuxer(const AVInputFormat& demuxer) noexcept;

/// The decoder for `id` if it may see a stranger's bytes, else null.
const AVCodec* allowed_decoder(AVCodecID id) noexcept;

/// The decoders as FFmpeg's `codec_whitelist` wants them.
const std::string& decoder_whitelist();

}  // namespace convert::media
