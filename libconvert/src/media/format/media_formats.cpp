// SPDX-License-Identifier: MIT
#include "media/format/media_formats.hpp"

#include <algorithm>
#include <array>
#include <cstddef>

#include "media/format/audio_codecs.hpp"

namespace convert::media {
namespace {

using List = std::span<const std::string_view>;

template <class... T>
constexpr auto words(T... word) {
  return std::array<std::string_view, sizeof...(T)>{std::string_view(word)...};
}

// The options of each kind of codec. A format has the options of its codecs.
constexpr auto kLossy =
    words("audio_codec", "audio_bitrate", "audio_quality", "sample_rate", "channels", "start", "end",
          "volume", "loudness", "true_peak", "audio_track", "metadata", "tags");
constexpr auto kLossyFixed = words("audio_codec", "audio_bitrate", "sample_rate", "channels", "start", "end",
                                   "volume", "loudness", "true_peak", "audio_track", "metadata", "tags");
constexpr auto kLossless = words("audio_codec", "level", "sample_rate", "channels", "sample_format", "start",
                                 "end", "volume", "loudness", "true_peak", "audio_track", "metadata", "tags");
constexpr auto kPcm = words("audio_codec", "sample_rate", "channels", "sample_format", "start", "end",
                            "volume", "loudness", "true_peak", "audio_track", "metadata", "tags");
constexpr auto kLossyOrAlac =
    words("audio_codec", "audio_bitrate", "audio_quality", "sample_rate", "channels", "sample_format",
          "start", "end", "volume", "loudness", "true_peak", "audio_track", "metadata", "tags");
constexpr auto kEverything = words("audio_codec", "audio_bitrate", "audio_quality", "level", "sample_rate",
                                   "channels", "sample_format", "start", "end", "volume", "loudness",
                                   "true_peak", "audio_track", "metadata", "tags");

constexpr auto kMp3 = words("mp3");
constexpr auto kAac = words("aac");
constexpr auto kM4a = words("aac", "alac");
constexpr auto kOgg = words("vorbis", "opus", "flac");
constexpr auto kOpus = words("opus");
constexpr auto kFlac = words("flac");
constexpr auto kPcmOnly = words("pcm");
constexpr auto kWma = words("wma");
constexpr auto kAc3 = words("ac3");
constexpr auto kMka = words("opus", "vorbis", "flac", "aac", "mp3", "ac3", "alac", "pcm");
constexpr std::array<std::string_view, 0> kNone{};

constexpr auto kMp3Ext = words("mp3");
constexpr auto kAacExt = words("aac", "adts");
constexpr auto kM4aExt = words("m4a", "m4b");
constexpr auto kOggExt = words("ogg", "oga");
constexpr auto kOpusExt = words("opus");
constexpr auto kFlacExt = words("flac");
constexpr auto kWavExt = words("wav", "wave", "rf64");
constexpr auto kAiffExt = words("aiff", "aif", "aifc");
constexpr auto kWmaExt = words("wma", "asf");
constexpr auto kAc3Ext = words("ac3");
constexpr auto kMkaExt = words("mka");

constexpr auto kPcmDepths = words("s16", "s24", "s32", "f32");
constexpr auto kIntegerDepths = words("s16", "s24");

// The limits of `OutputSpec`'s sample rate and channels, for codecs without limits of their own.
constexpr double kMinSampleRate = 8'000;
constexpr double kMaxSampleRate = 768'000;

struct RangeTable {
  std::array<OptionRange, 48> rows{};
  std::size_t count = 0;
  constexpr void add(const OptionRange& row) { rows[count++] = row; }
};

constexpr void add_ranges(RangeTable& table, const AudioCodec& codec) {
  const double max_rate = codec.rate_max > 0 ? codec.rate_max : kMaxSampleRate;
  const bool pcm = codec.name == "pcm";
  if (!codec.lossless) {
    table.add({"audio_bitrate",
               codec.name,
               static_cast<double>(codec.bitrate_min),
               static_cast<double>(codec.bitrate_max),
               {},
               "bit/s"});
  }
  if (codec.quality != QualityScale::none) table.add({"audio_quality", codec.name, 0, 10, {}, {}});
  table.add({"sample_rate", codec.name, kMinSampleRate, max_rate, codec.sample_rates, "Hz"});
  table.add({"channels", codec.name, 1, static_cast<double>(codec.max_channels), codec.channel_counts, {}});
  if (codec.lossless) {
    table.add({"sample_format", codec.name, 0, 0, pcm ? List(kPcmDepths) : List(kIntegerDepths), {}});
  }
  if (codec.level_max > 0) table.add({"level", codec.name, 0, static_cast<double>(codec.level_max), {}, {}});
}

template <std::size_t N>
constexpr RangeTable range_table(const std::array<std::string_view, N>& codecs) {
  RangeTable table;
  for (const std::string_view name : codecs) {
    for (const AudioCodec& codec : kAudioCodecs) {
      if (codec.name == name) add_ranges(table, codec);
    }
  }
  return table;
}

template <const auto& Codecs>
constexpr RangeTable kRangeTable = range_table(Codecs);

/// The exact option ranges of a format with these codecs.
template <const auto& Codecs>
constexpr std::span<const OptionRange> ranges() {
  return {kRangeTable<Codecs>.rows.data(), kRangeTable<Codecs>.count};
}

constexpr FormatCapabilities kAll{.tags = true, .cover_art = true, .chapters = true, .gapless = true};
constexpr FormatCapabilities kAllLate{
    .tags = true, .cover_art = true, .chapters = true, .gapless = true, .start_offset = true};

constexpr std::array kWritable{
    Format{"mp3", "MP3", Family::audio, kMp3Ext, "audio/mpeg", true, true, kMp3, kLossy, kAll,
           ForwardOnlySupport::reduced,
           "the Xing header: players estimate the length and play the encoder's delay and padding",
           ranges<kMp3>()},
    Format{"aac", "AAC (ADTS)", Family::audio, kAacExt, "audio/aac", true, true, kAac, kLossy,
           FormatCapabilities{.tags = true, .cover_art = true, .chapters = true},
           ForwardOnlySupport::complete, "", ranges<kAac>()},
    Format{"m4a", "MPEG-4 audio", Family::audio, kM4aExt, "audio/mp4", true, true, kM4a, kLossyOrAlac,
           kAllLate, ForwardOnlySupport::reduced,
           "the index: it is written as fragmented MP4, without cover art, chapters, uncommon tags and the "
           "length",
           ranges<kM4a>()},
    Format{"ogg", "Ogg audio", Family::audio, kOggExt, "audio/ogg", true, true, kOgg, kEverything, kAll,
           ForwardOnlySupport::complete, "", ranges<kOgg>()},
    Format{"opus", "Ogg Opus", Family::audio, kOpusExt, "audio/ogg", true, true, kOpus, kLossy, kAll,
           ForwardOnlySupport::complete, "", ranges<kOpus>()},
    Format{"flac", "FLAC", Family::audio, kFlacExt, "audio/flac", true, true, kFlac, kLossless, kAll,
           ForwardOnlySupport::reduced, "the number of samples and their MD5", ranges<kFlac>()},
    Format{"wav", "WAV", Family::audio, kWavExt, "audio/wav", true, true, kPcmOnly, kPcm, kAll,
           ForwardOnlySupport::reduced,
           "the length (the header says \"unknown\"), cover art, chapters and uncommon tags",
           ranges<kPcmOnly>()},
    Format{"aiff", "AIFF", Family::audio, kAiffExt, "audio/aiff", true, true, kPcmOnly, kPcm, kAll,
           ForwardOnlySupport::spooled, "", ranges<kPcmOnly>()},
    Format{"wma", "Windows Media Audio", Family::audio, kWmaExt, "audio/x-ms-wma", true, true, kWma,
           kLossyFixed, FormatCapabilities{.tags = true, .chapters = true}, ForwardOnlySupport::reduced,
           "the length and the index", ranges<kWma>()},
    Format{"ac3", "Dolby Digital (AC-3)", Family::audio, kAc3Ext, "audio/ac3", true, true, kAc3, kLossyFixed,
           FormatCapabilities{}, ForwardOnlySupport::complete, "", ranges<kAc3>()},
    Format{"mka", "Matroska audio", Family::audio, kMkaExt, "audio/x-matroska", true, true, kMka, kEverything,
           kAllLate, ForwardOnlySupport::reduced, "the length and the index", ranges<kMka>()},
};

constexpr Format input_only(std::string_view name, std::string_view title, Family family, List extensions,
                            std::string_view mime) {
  return {name, title, family, extensions, mime, true, false, kNone, kNone, {}, ForwardOnlySupport::complete,
          ""};
}

constexpr auto kMp4Ext = words("mp4", "m4v", "mov", "3gp", "3g2", "qt");
constexpr auto kMkvExt = words("mkv", "mk3d");
constexpr auto kWebmExt = words("webm", "weba");
constexpr auto kAviExt = words("avi");
constexpr auto kFlvExt = words("flv");
constexpr auto kTsExt = words("ts", "m2ts", "mts");
constexpr auto kMpgExt = words("mpg", "mpeg", "vob");
constexpr auto kWmvExt = words("wmv");
constexpr auto kOgvExt = words("ogv");
constexpr auto kW64Ext = words("w64");
constexpr auto kCafExt = words("caf");
constexpr auto kAuExt = words("au", "snd");
constexpr auto kAmrExt = words("amr");
constexpr auto kEac3Ext = words("eac3", "ec3");
constexpr auto kDtsExt = words("dts");
constexpr auto kThdExt = words("thd", "truehd", "mlp");
constexpr auto kWvExt = words("wv");
constexpr auto kApeExt = words("ape");
constexpr auto kTtaExt = words("tta");
constexpr auto kMpcExt = words("mpc");
constexpr auto kTakExt = words("tak");
constexpr auto kVocExt = words("voc");
constexpr auto kMp2Ext = words("mp2", "mpa");

constexpr std::array kReadable{
    input_only("mp4", "MPEG-4 / QuickTime video", Family::video, kMp4Ext, "video/mp4"),
    input_only("mkv", "Matroska video", Family::video, kMkvExt, "video/x-matroska"),
    input_only("webm", "WebM", Family::video, kWebmExt, "video/webm"),
    input_only("avi", "AVI", Family::video, kAviExt, "video/x-msvideo"),
    input_only("flv", "Flash video", Family::video, kFlvExt, "video/x-flv"),
    input_only("mpegts", "MPEG transport stream", Family::video, kTsExt, "video/mp2t"),
    input_only("mpeg", "MPEG program stream", Family::video, kMpgExt, "video/mpeg"),
    input_only("wmv", "Windows Media Video", Family::video, kWmvExt, "video/x-ms-wmv"),
    input_only("ogv", "Ogg video", Family::video, kOgvExt, "video/ogg"),
    input_only("mp2", "MPEG audio layer I or II", Family::audio, kMp2Ext, "audio/mpeg"),
    input_only("w64", "Wave64", Family::audio, kW64Ext, "audio/x-w64"),
    input_only("caf", "Core Audio", Family::audio, kCafExt, "audio/x-caf"),
    input_only("au", "Sun audio", Family::audio, kAuExt, "audio/basic"),
    input_only("amr", "AMR", Family::audio, kAmrExt, "audio/amr"),
    input_only("eac3", "Dolby Digital Plus", Family::audio, kEac3Ext, "audio/eac3"),
    input_only("dts", "DTS", Family::audio, kDtsExt, "audio/vnd.dts"),
    input_only("truehd", "Dolby TrueHD", Family::audio, kThdExt, "audio/vnd.dolby.mlp"),
    input_only("wv", "WavPack", Family::audio, kWvExt, "audio/x-wavpack"),
    input_only("ape", "Monkey's Audio", Family::audio, kApeExt, "audio/x-ape"),
    input_only("tta", "True Audio", Family::audio, kTtaExt, "audio/x-tta"),
    input_only("mpc", "Musepack", Family::audio, kMpcExt, "audio/x-musepack"),
    input_only("tak", "TAK", Family::audio, kTakExt, "audio/x-tak"),
    input_only("voc", "Creative Voice", Family::audio, kVocExt, "audio/x-voc"),
};

constexpr auto kFormats = [] {
  std::array<Format, kWritable.size() + kReadable.size()> all{};
  std::copy(kReadable.begin(), kReadable.end(), std::copy(kWritable.begin(), kWritable.end(), all.begin()));
  return all;
}();

constexpr std::array kMuxerConfigs{
    MuxerConfig{"mp3", "mp3", "id3v2_version=0", "", false, ""},
    MuxerConfig{"aac", "adts", "", "", false, ""},
    MuxerConfig{"m4a", "ipod", "", "movflags=+empty_moov+delay_moov+default_base_moof:frag_duration=1000000",
                false, "", true},
    MuxerConfig{"ogg", "ogg", "", "", false, "vorbis", true},
    MuxerConfig{"opus", "opus", "", "", false, "", true},
    MuxerConfig{"flac", "flac", "", "", false, ""},
    MuxerConfig{"wav", "wav", "rf64=auto", "rf64=never", false, ""},
    MuxerConfig{"aiff", "aiff", "", "", true, ""},
    MuxerConfig{"wma", "asf", "", "", false, ""},
    MuxerConfig{"ac3", "ac3", "", "", false, ""},
    MuxerConfig{"mka", "matroska", "", "live=1", false, ""},
};

}  // namespace

std::span<const Format> formats() noexcept { return kFormats; }

const Format* find_media_format(std::string_view name) noexcept {
  const auto* found =
      std::find_if(kFormats.begin(), kFormats.end(), [&](const Format& f) { return f.name == name; });
  return found == kFormats.end() ? nullptr : found;
}

const MuxerConfig* find_muxer_config(std::string_view format) noexcept {
  const auto* found = std::find_if(kMuxerConfigs.begin(), kMuxerConfigs.end(),
                                   [&](const MuxerConfig& m) { return m.format == format; });
  return found == kMuxerConfigs.end() ? nullptr : found;
}

bool signals_padding(const Format& format, AVCodecID codec, bool forward) {
  if (!format.capabilities.gapless) return false;
  if (forward && (format.name == "mp3" || format.name == "m4a")) return find_audio_codec(codec)->lossless;
  // FFmpeg's muxer writes Matroska's CodecDelay for Opus only. Lossless codecs have no delay.
  return format.name != "mka" || codec == AV_CODEC_ID_OPUS || find_audio_codec(codec)->lossless;
}

bool signals_delay(const Format& format, std::int64_t samples) {
  // A LAME tag counts from the delay of every decoder: "Mp3 Info Tag rev 1".
  constexpr int kDecoderDelay = 529;
  return format.name != "mp3" || samples >= kDecoderDelay;
}

}  // namespace convert::media
