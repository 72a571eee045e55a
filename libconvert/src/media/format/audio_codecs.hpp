// SPDX-License-Identifier: MIT
#pragma once

#include <string_view>

#include "media/ffmpeg/handles.hpp"

namespace convert::media {

/// How an encoder understands `OutputSpec::quality`.
enum class QualityScale { none, mp3, vorbis, aac, opus };

/// A row of the table of codecs that can be made.
struct AudioCodec {
  std::string_view name;  ///< as in `Format::codecs`
  AVCodecID id = AV_CODEC_ID_NONE;
  const char* encoder = "";  ///< FFmpeg's name of the encoder used
  bool lossless = false;
  int bitrate_mono = 0;         ///< default bits per second for one channel; 0: none needed
  int bitrate_stereo = 0;       ///< ... for two
  int bitrate_per_channel = 0;  ///< ... for each channel when there are more than two
  int bitrate_min = 0;          ///< what the encoder can be asked for, in all
  int bitrate_max = 0;
  QualityScale quality = QualityScale::none;
  int max_channels = 8;
  int rate_max = 0;   ///< Hz, where the encoder has no list of rates; 0: any
  int level_max = 0;  ///< of `OutputSpec::level`; 0: it has none
  int lead_in = 0;   ///< frames of silence to encode first, since decoders drop that much more than the delay
  double speed = 0;  ///< seconds of stereo sound encoded in one second on one core, roughly
};

/// The row of the table of every codec that can be made with that name, or null. PCM is one row, "pcm": its
/// sample format says which.
const AudioCodec* find_audio_codec(std::string_view name) noexcept;

/// The row that makes `id` (any PCM is "pcm"), or null.
const AudioCodec* find_audio_codec(AVCodecID id) noexcept;

/// Whether `id` is linear PCM that is stored sample by sample (not A-law, not ADPCM).
bool is_pcm(AVCodecID id) noexcept;

/// How many bits of each sample mean something when `id` was decoded; 0 for lossy codecs.
/// Float PCM counts as 32.
int lossless_bits(const AVCodecParameters& parameters) noexcept;

/// Whether the samples are floating point and come from a lossless codec.
bool is_lossless_float(const AVCodecParameters& parameters) noexcept;

}  // namespace convert::media
