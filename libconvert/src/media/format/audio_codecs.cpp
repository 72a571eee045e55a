// SPDX-License-Identifier: MIT
#include "media/format/audio_codecs.hpp"

#include <algorithm>
#include <array>

namespace convert::media {
namespace {

// Default bit rates: near-transparent for stereo music in listening tests. Speeds: measured on one core of
// the reference machine.
constexpr std::array kAudioCodecs{
    AudioCodec{.name = "mp3",
               .id = AV_CODEC_ID_MP3,
               .encoder = "libmp3lame",
               .bitrate_mono = 96'000,
               .bitrate_stereo = 192'000,
               .bitrate_min = 8'000,
               .bitrate_max = 320'000,
               .quality = QualityScale::mp3,
               .max_channels = 2,
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
               .speed = 300},
    AudioCodec{.name = "pcm", .id = AV_CODEC_ID_PCM_S16LE, .lossless = true, .speed = 4'000},
};

}  // namespace

const AudioCodec* find_audio_codec(std::string_view name) noexcept {
  const auto* found = std::find_if(kAudioCodecs.begin(), kAudioCodecs.end(),
                                   [&](const AudioCodec& c) { return c.name == name; });
  return found == kAudioCodecs.end() ? nullptr : found;
}

const AudioCodec* find_audio_codec(AVCodecID id) noexcept {
  if (is_pcm(id)) return find_audio_codec("pcm");
  if (id == AV_CODEC_ID_WMAV1) return find_audio_codec("wma");
  const auto* found =
      std::find_if(kAudioCodecs.begin(), kAudioCodecs.end(), [&](const AudioCodec& c) { return c.id == id; });
  return found == kAudioCodecs.end() ? nullptr : found;
}

bool is_pcm(AVCodecID id) noexcept {
  return id >= AV_CODEC_ID_FIRST_AUDIO && id < AV_CODEC_ID_ADPCM_IMA_QT && id != AV_CODEC_ID_PCM_ALAW &&
         id != AV_CODEC_ID_PCM_MULAW && id != AV_CODEC_ID_PCM_VIDC;
}

int lossless_bits(const AVCodecParameters& parameters) noexcept {
  const AVCodecDescriptor* descriptor = avcodec_descriptor_get(parameters.codec_id);
  if (is_pcm(parameters.codec_id)) return av_get_exact_bits_per_sample(parameters.codec_id);
  if (descriptor == nullptr || (descriptor->props & AV_CODEC_PROP_LOSSLESS) == 0 ||
      (descriptor->props & AV_CODEC_PROP_LOSSY) != 0) {
    return 0;
  }
  if (parameters.bits_per_raw_sample > 0) return parameters.bits_per_raw_sample;
  return parameters.bits_per_coded_sample > 0 ? parameters.bits_per_coded_sample : 16;
}

bool is_lossless_float(const AVCodecParameters& parameters) noexcept {
  switch (parameters.codec_id) {
    case AV_CODEC_ID_PCM_F32LE:
    case AV_CODEC_ID_PCM_F32BE:
    case AV_CODEC_ID_PCM_F64LE:
    case AV_CODEC_ID_PCM_F64BE:
    case AV_CODEC_ID_PCM_F16LE:
    case AV_CODEC_ID_PCM_F24LE:
      return true;
    default:
      return false;
  }
}

}  // namespace convert::media
