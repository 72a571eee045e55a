// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <convert/media_info.hpp>
#include <convert/output_spec.hpp>

#include "media/format/audio_codecs.hpp"
#include "media/format/media_formats.hpp"

namespace convert::media {

/// How sound is going to be encoded: every choice made, nothing opened.
struct AudioEncodingPlan {
  const AudioCodec* codec = nullptr;
  AVCodecID id = AV_CODEC_ID_NONE;
  const AVCodec* encoder = nullptr;
  PcmFormat pcm_format;  ///< what the encoder takes
  int bits = 0;          ///< that mean something in each sample, of lossless codecs
  std::int64_t bitrate = 0;
  std::optional<double> quality;
  std::optional<int> level;
  std::vector<Warning> warnings;  ///< precision_lost
};

/// Decides how to encode sound of `in` (whose sample format may be unknown) coded as `source` into a format.
/// Errors: `invalid_argument` and `unsupported`, naming the field of `spec` and what it may be.
Result<AudioEncodingPlan> plan_audio_encoding(const PcmFormat& in, const AVCodecParameters& source,
                                              const OutputSpec& spec, const Format& format,
                                              const MuxerConfig& muxer_config);

}  // namespace convert::media
