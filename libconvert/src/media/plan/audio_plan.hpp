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

/// The resolved settings of an audio encoder.
struct AudioEncodingPlan {
  const AudioCodec* codec = nullptr;
  AVCodecID id = AV_CODEC_ID_NONE;
  const AVCodec* encoder = nullptr;
  PcmFormat pcm_format;  ///< input of the encoder
  int bits = 0;          ///< significant bits per sample, for lossless codecs
  std::int64_t bitrate = 0;
  std::optional<double> quality;
  std::optional<int> level;
  std::vector<Warning> warnings;  ///< `precision_lost`
};

/// Chooses the encoder settings. `in`: format of the decoded audio; its sample format may be unknown.
/// `source`: parameters of the input stream. Errors: `invalid_argument` and `unsupported`; the message names
/// the field of `spec` and its valid values.
Result<AudioEncodingPlan> plan_audio_encoding(const PcmFormat& in, const AVCodecParameters& source,
                                              const OutputSpec& spec, const Format& format,
                                              const MuxerConfig& muxer_config);

}  // namespace convert::media
