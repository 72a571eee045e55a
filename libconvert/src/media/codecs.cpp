// SPDX-License-Identifier: MIT
#include "media/codecs.hpp"

#include <algorithm>
#include <array>

namespace convert::media {
namespace {

// Default bit rates are those at which listening tests find each codec near transparent for stereo music;
// speeds are measured on one core of the reference machine.
constexpr std::array kCodecs{
    Codec{"mp3", AV_CODEC_ID_MP3, "libmp3lame", false, 96'000, 192'000, 0, 8'000, 320'000, Quality::mp3, 2, 0,
          100},
    Codec{"aac", AV_CODEC_ID_AAC, "aac", false, 80'000, 160'000, 64'000, 8'000, 1'536'000, Quality::aac, 8, 0,
          68},
    Codec{"alac", AV_CODEC_ID_ALAC, "alac", true, 0, 0, 0, 0, 0, Quality::none, 8, 0, 550},
    Codec{"vorbis", AV_CODEC_ID_VORBIS, "libvorbis", false, 0, 0, 0, 16'000, 1'000'000, Quality::vorbis, 8, 0,
          90},
    Codec{"opus", AV_CODEC_ID_OPUS, "libopus", false, 64'000, 128'000, 64'000, 6'000, 510'000, Quality::opus,
          8, 0, 125},
    Codec{"flac", AV_CODEC_ID_FLAC, "flac", true, 0, 0, 0, 0, 0, Quality::none, 8, 12, 550},
    Codec{"wma", AV_CODEC_ID_WMAV2, "wmav2", false, 96'000, 192'000, 0, 24'000, 384'000, Quality::none, 2, 0,
          380},
    Codec{"ac3", AV_CODEC_ID_AC3, "ac3", false, 96'000, 192'000, 75'000, 32'000, 640'000, Quality::none, 6, 0,
          300},
    Codec{"pcm", AV_CODEC_ID_PCM_S16LE, "", true, 0, 0, 0, 0, 0, Quality::none, 8, 0, 4'000},
};

}  // namespace

std::span<const Codec> codecs() noexcept { return kCodecs; }

const Codec* find_codec(std::string_view name) noexcept {
  const auto* found =
      std::find_if(kCodecs.begin(), kCodecs.end(), [&](const Codec& c) { return c.name == name; });
  return found == kCodecs.end() ? nullptr : found;
}

const Codec* find_codec(AVCodecID id) noexcept {
  if (is_pcm(id)) return find_codec("pcm");
  if (id == AV_CODEC_ID_WMAV1) return find_codec("wma");
  const auto* found =
      std::find_if(kCodecs.begin(), kCodecs.end(), [&](const Codec& c) { return c.id == id; });
  return found == kCodecs.end() ? nullptr : found;
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
