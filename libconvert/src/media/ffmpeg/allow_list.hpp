// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <string_view>

#include "media/ffmpeg/handles.hpp"

namespace convert::media {

/// Whether `demuxer` may parse untrusted input.
bool is_allowed_demuxer(const AVInputFormat& demuxer) noexcept;

/// The decoder for `id` if one is on the allow-list, else null.
const AVCodec* allowed_decoder(AVCodecID id) noexcept;

/// The allowed decoders in the syntax of FFmpeg's option `codec_whitelist`.
const std::string& decoder_whitelist();

}  // namespace convert::media
