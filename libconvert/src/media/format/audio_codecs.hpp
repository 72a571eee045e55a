// SPDX-License-Identifier: MIT
#pragma once

#include <array>
#include <span>
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
  std::span<const std::string_view> sample_rates{};    ///< the only ones, in Hz; empty: see `rate_max`
  std::span<const std::string_view> channel_counts{};  ///< the only ones; empty: 1 to `max_channels`
  int rate_max = 0;   ///< Hz, for encoders without a list of sample rates; 0: unlimited
  int level_max = 0;  ///< maximum of `OutputSpec::level`; 0: the codec has no levels
  int lead_in = 0;    ///< frames of silence to encode first: decoders drop these in addition to the delay
  double speed = 0;   ///< approximate seconds of stereo audio encoded per second on one core
};

/// The sample rates of encoders with a fixed list, ascending, without those below 8000 Hz.
inline constexpr std::array<std::string_view, 9> kMp3SampleRates{"8000",  "11025", "12000", "16000", "22050",
                                                                 "24000", "32000", "44100", "48000"};
inline constexpr std::array<std::string_view, 12> kAacSampleRates{"8000",  "11025", "12000", "16000",
                                                                  "22050", "24000", "32000", "44100",
                                                                  "48000", "64000", "88200", "96000"};
inline constexpr std::array<std::string_view, 5> kOpusSampleRates{"8000", "12000", "16000", "24000", "48000"};
inline constexpr std::array<std::string_view, 3> kAc3SampleRates{"32000", "44100", "48000"};

/// The channel counts of AAC, which has no usual layout of seven channels.
inline constexpr std::array<std::string_view, 7> kAacChannels{"1", "2", "3", "4", "5", "6", "8"};

// Default bit rates: near-transparent for stereo music in listening tests. Speeds: measured on one core of
// the reference machine.
inline constexpr std::array kAudioCodecs{
    AudioCodec{.name = "mp3",
               .id = AV_CODEC_ID_MP3,
               .encoder = "libmp3lame",
               .bitrate_mono = 96'000,
               .bitrate_stereo = 192'000,
               .bitrate_min = 8'000,
               .bitrate_max = 320'000,
               .quality = QualityScale::mp3,
               .max_channels = 2,
               .sample_rates = kMp3SampleRates,
               .speed = 100},
    AudioCodec{.name = "aac",
               .id = AV_CODEC_ID_AAC,
               .encoder = "aac",
               .bitrate_mono = 80'000,
               .bitrate_stereo = 160'000,
               .bitrate_per_channel = 64'000,
               .bitrate_min = 8'000,
               .bitrate_max = 1'536'000,
               .quality = QualityScale::aac,
               .sample_rates = kAacSampleRates,
               .channel_counts = kAacChannels,
               .speed = 68},
    AudioCodec{.name = "alac", .id = AV_CODEC_ID_ALAC, .encoder = "alac", .lossless = true, .speed = 550},
    AudioCodec{.name = "vorbis",
               .id = AV_CODEC_ID_VORBIS,
               .encoder = "libvorbis",
               .bitrate_min = 16'000,
               .bitrate_max = 1'000'000,
               .quality = QualityScale::vorbis,
               .rate_max = 192'000,
               .speed = 90},
    AudioCodec{.name = "opus",
               .id = AV_CODEC_ID_OPUS,
               .encoder = "libopus",
               .bitrate_mono = 64'000,
               .bitrate_stereo = 128'000,
               .bitrate_per_channel = 64'000,
               .bitrate_min = 6'000,
               .bitrate_max = 510'000,
               .quality = QualityScale::opus,
               .sample_rates = kOpusSampleRates,
               .speed = 125},
    AudioCodec{.name = "flac",
               .id = AV_CODEC_ID_FLAC,
               .encoder = "flac",
               .lossless = true,
               .rate_max = 655'340,  // the encoder accepts less than 655,350
               .level_max = 12,
               .speed = 550},
    AudioCodec{.name = "wma",
               .id = AV_CODEC_ID_WMAV2,
               .encoder = "wmav2",
               .bitrate_mono = 96'000,
               .bitrate_stereo = 192'000,
               .bitrate_min = 24'000,
               .bitrate_max = 384'000,
               .max_channels = 2,
               .rate_max = 48'000,
               .lead_in = 1,
               .speed = 380},
    AudioCodec{.name = "ac3",
               .id = AV_CODEC_ID_AC3,
               .encoder = "ac3",
               .bitrate_mono = 96'000,
               .bitrate_stereo = 192'000,
               .bitrate_per_channel = 75'000,
               .bitrate_min = 32'000,
               .bitrate_max = 640'000,
               .max_channels = 6,
               .sample_rates = kAc3SampleRates,
               .speed = 300},
    AudioCodec{.name = "pcm", .id = AV_CODEC_ID_PCM_S16LE, .lossless = true, .speed = 4'000},
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
