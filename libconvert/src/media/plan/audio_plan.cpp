// SPDX-License-Identifier: MIT
#include "media/plan/audio_plan.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <climits>
#include <initializer_list>
#include <string_view>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "base/try.hpp"
#include "conversion/option_ranges.hpp"

namespace convert::media {
namespace {

constexpr double kVorbisDefaultQuality = 5;  // about 160 kbit/s in stereo

/// The requested rate, else the lowest supported rate that is not below the source's.
int choose_rate(const AudioCodec& codec, const AVCodec& encoder, int source, std::optional<int> requested) {
  if (requested) return *requested;
  const int* rates = encoder.supported_samplerates;
  if (rates == nullptr) {
    int rate = source;
    while (codec.rate_max > 0 && rate > codec.rate_max) rate /= 2;
    return rate;
  }
  int above = 0;
  int highest = 0;
  for (const int* r = rates; *r != 0; ++r) {
    highest = std::max(highest, *r);
    if (*r >= source && (above == 0 || *r < above)) above = *r;
  }
  return above != 0 ? above : highest;
}

/// Whether `layout` has a centre, an LFE and as many rear and side channels as `source`.
bool covers_channels(std::uint64_t layout, std::uint64_t source) {
  constexpr std::array<std::uint64_t, 3> groups{
      AV_CH_FRONT_CENTER, AV_CH_LOW_FREQUENCY,
      AV_CH_BACK_LEFT | AV_CH_BACK_RIGHT | AV_CH_BACK_CENTER | AV_CH_SIDE_LEFT | AV_CH_SIDE_RIGHT};
  return std::all_of(groups.begin(), groups.end(), [&](std::uint64_t group) {
    return std::popcount(layout & group) >= std::popcount(source & group);
  });
}

std::vector<ChannelLayout> with_masks(std::initializer_list<std::uint64_t> masks) {
  std::vector<ChannelLayout> all;
  for (const auto mask : masks) all.push_back(ChannelLayout::with(mask));
  return all;
}

/// Layouts that the encoder accepts and all players know; empty: any.
std::vector<ChannelLayout> layouts_of(const AudioCodec& codec, const AVCodec& encoder) {
  // One layout per number of channels (Vorbis I, 4.3.9; RFC 7845, 5.1.1.2). FFmpeg does not list them.
  if (codec.id == AV_CODEC_ID_VORBIS || codec.id == AV_CODEC_ID_OPUS) {
    return with_masks({AV_CH_LAYOUT_MONO, AV_CH_LAYOUT_STEREO, AV_CH_LAYOUT_SURROUND, AV_CH_LAYOUT_QUAD,
                       AV_CH_LAYOUT_5POINT0_BACK, AV_CH_LAYOUT_5POINT1_BACK, AV_CH_LAYOUT_6POINT1,
                       AV_CH_LAYOUT_7POINT1});
  }
  // The layouts with a channelConfiguration (ISO/IEC 14496-3, 1.6.3.5). Few players know other orders.
  if (codec.id == AV_CODEC_ID_AAC) {
    return with_masks({AV_CH_LAYOUT_MONO, AV_CH_LAYOUT_STEREO, AV_CH_LAYOUT_SURROUND, AV_CH_LAYOUT_4POINT0,
                       AV_CH_LAYOUT_5POINT0_BACK, AV_CH_LAYOUT_5POINT1_BACK, AV_CH_LAYOUT_7POINT1});
  }
  std::vector<ChannelLayout> all;
  for (const auto* l = encoder.ch_layouts; l != nullptr && l->nb_channels != 0; ++l) all.emplace_back(*l);
  return all;
}

/// The layout with the fewest channels that covers all of `source`. Some of its channels may be silent.
const ChannelLayout* smallest_covering_layout(const std::vector<ChannelLayout>& layouts,
                                              const ChannelLayout& source) {
  if (source.get().order != AV_CHANNEL_ORDER_NATIVE) return nullptr;
  const ChannelLayout* smallest = nullptr;
  for (const auto& layout : layouts) {
    const bool fits =
        layout.channels() >= source.channels() && covers_channels(layout.get().u.mask, source.get().u.mask);
    if (fits && (smallest == nullptr || layout.channels() < smallest->channels())) smallest = &layout;
  }
  return smallest;
}

/// The supported layout nearest to `source`, or one with `requested` channels.
Result<ChannelLayout> choose_layout(const AudioCodec& codec, const AVCodec& encoder,
                                    const ChannelLayout& source, std::optional<int> requested) {
  const int maximum = requested.value_or(std::min(source.channels(), codec.max_channels));
  const auto layouts = layouts_of(codec, encoder);
  const auto is_source = [&](const ChannelLayout& layout) {
    return av_channel_layout_compare(&layout.get(), &source.get()) == 0;
  };
  if (layouts.empty()) return maximum == source.channels() ? source : ChannelLayout::of(maximum);
  if (maximum == source.channels() && std::any_of(layouts.begin(), layouts.end(), is_source)) return source;
  const ChannelLayout* best = requested ? nullptr : smallest_covering_layout(layouts, source);
  if (best != nullptr) return *best;
  for (const auto& layout : layouts) {
    const bool fits = requested ? layout.channels() == maximum : layout.channels() <= maximum;
    if (fits && (best == nullptr || layout.channels() > best->channels())) best = &layout;
  }
  if (best != nullptr) return *best;
  return Error{Errc::invalid_argument,
               fmt::format("{} does not support {} channels. Set channels.", codec.name, maximum)};
}

struct SampleDepth {
  int bits = 16;
  bool floating = false;
};

std::string_view depth_name(SampleDepth depth) {
  if (depth.floating) return "32-bit float";
  return depth.bits == 16 ? "16 bits" : depth.bits == 24 ? "24 bits" : "32 bits";
}

SampleDepth source_depth(const AVCodecParameters& source) {
  const int bits = lossless_bits(source);
  if (is_lossless_float(source)) return {32, true};
  return {bits <= 16 ? 16 : bits <= 24 ? 24 : 32, false};
}

/// The sample depth of a lossless codec: the requested one, else that of the source.
SampleDepth choose_depth(const AudioCodec& codec, const AVCodecParameters& source, const OutputSpec& spec,
                         const Format& format, std::vector<Warning>& warnings) {
  if (spec.sample_format) {
    const SampleFormat requested = *spec.sample_format;
    const int bits = requested == SampleFormat::s16 ? 16 : requested == SampleFormat::s24 ? 24 : 32;
    return {bits, requested == SampleFormat::f32};
  }
  const SampleDepth depth = source_depth(source);
  if (codec.name == "pcm" || depth.bits <= 24) return depth;
  warnings.push_back(
      {WarningCode::precision_lost, fmt::format("{} supports at most 24 bits per sample; the source has {}.",
                                                format.name, depth_name(depth))});
  return {24, false};
}

AVCodecID pcm_codec_id(SampleDepth depth, bool big_endian) {
  if (depth.floating) return big_endian ? AV_CODEC_ID_PCM_F32BE : AV_CODEC_ID_PCM_F32LE;
  if (depth.bits == 16) return big_endian ? AV_CODEC_ID_PCM_S16BE : AV_CODEC_ID_PCM_S16LE;
  if (depth.bits == 24) return big_endian ? AV_CODEC_ID_PCM_S24BE : AV_CODEC_ID_PCM_S24LE;
  return big_endian ? AV_CODEC_ID_PCM_S32BE : AV_CODEC_ID_PCM_S32LE;
}

bool supports_sample_format(const AVCodec& encoder, AVSampleFormat format) {
  for (const AVSampleFormat* f = encoder.sample_fmts; f != nullptr && *f != AV_SAMPLE_FMT_NONE; ++f) {
    if (*f == format) return true;
  }
  return false;
}

AVSampleFormat first_supported(const AVCodec& encoder, std::initializer_list<AVSampleFormat> preferences) {
  for (AVSampleFormat preference : preferences) {
    if (supports_sample_format(encoder, preference)) return preference;
  }
  return encoder.sample_fmts != nullptr ? encoder.sample_fmts[0] : AV_SAMPLE_FMT_NONE;
}

AVSampleFormat choose_sample_format(const AVCodec& encoder, const AudioCodec& codec, SampleDepth depth) {
  if (!codec.lossless) return first_supported(encoder, {AV_SAMPLE_FMT_FLTP, AV_SAMPLE_FMT_FLT});
  if (depth.floating) return AV_SAMPLE_FMT_FLT;
  if (depth.bits == 16) return first_supported(encoder, {AV_SAMPLE_FMT_S16, AV_SAMPLE_FMT_S16P});
  return first_supported(encoder, {AV_SAMPLE_FMT_S32, AV_SAMPLE_FMT_S32P});
}

std::int64_t default_bitrate(const AudioCodec& codec, int channels) {
  if (channels == 1) return codec.bitrate_mono;
  if (channels == 2) return codec.bitrate_stereo;
  return std::int64_t{codec.bitrate_per_channel} * channels;
}

// The quality scales of these AAC and Opus encoders are poor at the ends; their bit rates work well
// throughout.
std::int64_t bitrate_for_quality(const AudioCodec& codec, double quality, int channels) {
  const double per_channel =
      codec.quality == QualityScale::opus ? 12'000 + quality * 14'800 : 24'000 + quality * 14'400;
  return static_cast<std::int64_t>(per_channel) * channels;
}

void choose_bitrate(AudioEncodingPlan& plan, const OutputSpec& spec) {
  const AudioCodec& codec = *plan.codec;
  const int channels = plan.pcm_format.layout.channels();
  plan.quality = spec.audio_quality;
  if (spec.audio_bitrate) {
    plan.bitrate = *spec.audio_bitrate;
  } else if (codec.quality == QualityScale::vorbis && !plan.quality) {
    plan.quality = kVorbisDefaultQuality;
  } else if (plan.quality && (codec.quality == QualityScale::aac || codec.quality == QualityScale::opus)) {
    plan.bitrate = std::clamp<std::int64_t>(bitrate_for_quality(codec, *plan.quality, channels),
                                            codec.bitrate_min, codec.bitrate_max);
    plan.quality.reset();
  } else if (!plan.quality) {
    plan.bitrate = std::min<std::int64_t>(default_bitrate(codec, channels), codec.bitrate_max);
  }
}

void add_loss_warnings(AudioEncodingPlan& plan, const PcmFormat& in, const OutputSpec& spec,
                       const Format& format) {
  const int channels = plan.pcm_format.layout.channels();
  if (!spec.channels && channels < in.layout.channels()) {
    plan.warnings.push_back({WarningCode::precision_lost,
                             fmt::format("{} supports at most {} channels; the source's {} were mixed down.",
                                         format.name, channels, in.layout.channels())});
  }
  if (!spec.sample_rate && plan.pcm_format.sample_rate < in.sample_rate) {
    plan.warnings.push_back({WarningCode::precision_lost,
                             fmt::format("{} supports at most {} Hz; the source has {} Hz.", plan.codec->name,
                                         plan.pcm_format.sample_rate, in.sample_rate)});
  }
}

}  // namespace

Result<AudioEncodingPlan> plan_audio_encoding(const PcmFormat& in, const AVCodecParameters& source,
                                              const OutputSpec& spec, const Format& format,
                                              const MuxerConfig& muxer_config) {
  AudioEncodingPlan plan;
  plan.codec = find_audio_codec(spec.audio_codec.empty() || spec.audio_codec == "copy" ? format.codecs.front()
                                                                                       : spec.audio_codec);
  if (plan.codec == nullptr)
    return Error{Errc::unsupported, fmt::format("audio_codec: \"{}\" cannot be encoded.", spec.audio_codec)};
  CONVERT_TRY(conversion::check_option_ranges(spec, format, plan.codec->name));
  SampleDepth depth;
  if (plan.codec->lossless) {
    depth = choose_depth(*plan.codec, source, spec, format, plan.warnings);
    plan.bits = depth.bits;
  }
  const bool pcm = plan.codec->name == "pcm";
  plan.id = pcm ? pcm_codec_id(depth, muxer_config.big_endian_pcm) : plan.codec->id;
  plan.encoder = pcm ? avcodec_find_encoder(plan.id) : avcodec_find_encoder_by_name(plan.codec->encoder);
  if (plan.encoder == nullptr) {
    return Error{Errc::unsupported,
                 fmt::format("This build of FFmpeg has no encoder for {}.", plan.codec->name)};
  }
  const int rate = choose_rate(*plan.codec, *plan.encoder, in.sample_rate, spec.sample_rate);
  CONVERT_TRY_ASSIGN(const ChannelLayout layout,
                     choose_layout(*plan.codec, *plan.encoder, in.layout, spec.channels));
  plan.pcm_format = {rate, layout, choose_sample_format(*plan.encoder, *plan.codec, depth)};
  choose_bitrate(plan, spec);
  plan.level = spec.level;
  add_loss_warnings(plan, in, spec, format);
  return plan;
}

}  // namespace convert::media
