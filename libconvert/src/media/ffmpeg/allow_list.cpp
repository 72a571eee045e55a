// SPDX-License-Identifier: MIT
#include "media/ffmpeg/allow_list.hpp"

#include <algorithm>
#include <array>

namespace convert::media {
namespace {

// All demuxers and decoders that may be opened. Left out on purpose: formats that refer to other files or
// addresses (hls, dash, concat, sdp, rtsp, image2), text formats, game formats, and codecs that FFmpeg does
// not fuzz.
constexpr auto kDemuxers = std::to_array<std::string_view>({
    "mp3",
    "aac",
    "mov,mp4,m4a,3gp,3g2,mj2",
    "ogg",
    "flac",
    "wav",
    "w64",
    "aiff",
    "caf",
    "asf",
    "ac3",
    "eac3",
    "matroska,webm",
    "avi",
    "flv",
    "mpegts",
    "mpeg",
    "au",
    "amr",
    "dts",
    "dtshd",
    "truehd",
    "mlp",
    "tta",
    "wv",
    "ape",
    "mpc",
    "mpc8",
    "tak",
    "voc",
});

constexpr auto kDecoders = std::to_array<std::string_view>({
    "mp3float",
    "mp2float",
    "mp1float",
    "aac",
    "aac_latm",
    "ac3",
    "eac3",
    "alac",
    "flac",
    "vorbis",
    "opus",
    "wmav1",
    "wmav2",
    "wmapro",
    "wmalossless",
    "wmavoice",
    "dca",
    "truehd",
    "mlp",
    "tta",
    "wavpack",
    "ape",
    "mpc7",
    "mpc8",
    "tak",
    "amrnb",
    "amrwb",
    "gsm",
    "gsm_ms",
    "nellymoser",
    "pcm_alaw",
    "pcm_mulaw",
    "pcm_s8",
    "pcm_s8_planar",
    "pcm_u8",
    "pcm_s16le",
    "pcm_s16be",
    "pcm_s16le_planar",
    "pcm_s16be_planar",
    "pcm_u16le",
    "pcm_u16be",
    "pcm_s24le",
    "pcm_s24be",
    "pcm_s24le_planar",
    "pcm_u24le",
    "pcm_u24be",
    "pcm_s32le",
    "pcm_s32be",
    "pcm_s32le_planar",
    "pcm_u32le",
    "pcm_u32be",
    "pcm_s64le",
    "pcm_s64be",
    "pcm_f16le",
    "pcm_f24le",
    "pcm_f32le",
    "pcm_f32be",
    "pcm_f64le",
    "pcm_f64be",
    "pcm_bluray",
    "pcm_dvd",
    "adpcm_ms",
    "adpcm_ima_wav",
    "adpcm_ima_qt",
    "adpcm_swf",
    "adpcm_yamaha",
    "adpcm_g722",
    "adpcm_g726",
    "adpcm_sbpro_4",
});

template <class List>
bool contains_name(const List& list, std::string_view name) noexcept {
  return std::find(list.begin(), list.end(), name) != list.end();
}

}  // namespace

bool is_allowed_demuxer(const AVInputFormat& demuxer) noexcept {
  return contains_name(kDemuxers, demuxer.name);
}

const AVCodec* allowed_decoder(AVCodecID id) noexcept {
  // FFmpeg's preferred decoder may be an external library: search for the first that is listed.
  void* state = nullptr;
  const AVCodec* first = avcodec_find_decoder(id);
  if (first != nullptr && contains_name(kDecoders, first->name)) return first;
  while (const AVCodec* codec = av_codec_iterate(&state)) {
    if (codec->id == id && av_codec_is_decoder(codec) != 0 && contains_name(kDecoders, codec->name))
      return codec;
  }
  return nullptr;
}

const std::string& decoder_whitelist() {
  static const std::string text = [] {
    std::string joined;
    for (std::string_view name : kDecoders) joined.append(joined.empty() ? "" : ",").append(name);
    return joined;
  }();
  return text;
}

}  // namespace convert::media
