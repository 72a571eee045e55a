// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <convert/output_spec.hpp>

#include "media/format/audio_codecs.hpp"
#include "media/format/media_formats.hpp"
#include "media/audio/audio_decoder.hpp"

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

/// Whether the stream can go into the format as it is; if not, why, as a phrase. Empty: it can.
std::string reason_not_copied(const AVCodecParameters& source, bool starts_late, const OutputSpec& spec,
                              const Format& format, const MuxerConfig& muxer_config);

/// Whether a file of that format says how much of the codec's delay and padding to cut away.
bool signals_padding(const Format& format, AVCodecID codec, bool forward);

/// Whether a file of `format` can say that so many samples at its begin are not the sound's.
bool signals_delay(const Format& format, std::int64_t samples);

}  // namespace convert::media
