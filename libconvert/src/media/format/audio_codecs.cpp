// SPDX-License-Identifier: MIT
#include "media/format/audio_codecs.hpp"

#include <algorithm>
#include <array>

namespace convert::media {
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
