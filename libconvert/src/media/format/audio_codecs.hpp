// SPDX-License-Identifier: MIT
#pragma once

#include <string_view>

#include "media/ffmpeg/handles.hpp"

namespace convert::media {

/// The scale to which an encoder maps `OutputSpec::audio_quality`.
enum class QualityScale { none, mp3, vorbis, aac, opus };

/// A codec that can be encoded.
struct AudioCodec {
  std::string_view name;  ///< a name in `Format::codecs`
  AVCodecID id = AV_CODEC_ID_NONE;
  const char* encoder = "";  ///< FFmpeg's name of the encoder
  bool lossless = false;
  int bitrate_mono = 0;         ///< default for mono, in bits per second; 0: the codec needs no bit rate
  int bitrate_stereo = 0;       ///< default for stereo
  int bitrate_per_channel = 0;  ///< default per channel for more than two channels
  int bitrate_min = 0;          ///< range of the encoder, for all channels together
  int bitrate_max = 0;
  QualityScale quality = QualityScale::none;
  int max_channels = 8;
  int rate_max = 0;   ///< Hz, for encoders without a list of sample rates; 0: unlimited
  int level_max = 0;  ///< maximum of `OutputSpec::level`; 0: the codec has no levels
  int lead_in = 0;    ///< frames of silence to encode first: decoders drop these in addition to the delay
  double speed = 0;   ///< approximate seconds of stereo audio encoded per second on one core
};

/// The codec with that name, or null. All PCM variants are the row "pcm".
const AudioCodec* find_audio_codec(std::string_view name) noexcept;

/// The codec that encodes `id` (any PCM is "pcm"), or null.
const AudioCodec* find_audio_codec(AVCodecID id) noexcept;

/// Whether `id` is linear PCM (not A-law, not ADPCM).
bool is_pcm(AVCodecID id) noexcept;

/// Significant bits per sample of a lossless codec; 0 for lossy codecs, 32 for floating-point PCM.
int lossless_bits(const AVCodecParameters& parameters) noexcept;

/// Whether the samples are floating point and losslessly coded.
bool is_lossless_float(const AVCodecParameters& parameters) noexcept;

}  // namespace convert::media
