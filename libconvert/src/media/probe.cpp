// SPDX-License-Identifier: MIT
#include "media/probe.hpp"

#include <algorithm>
#include <array>
#include <cstring>
#include <string_view>

#include "media/allow_list.hpp"
#include "media/codecs.hpp"
#include "media/decision.hpp"
#include "media/metadata.hpp"
#include "media/saturate.hpp"

namespace convert::media {
namespace {

constexpr AVRational kNano{1, std::nano::den};

std::string layout_name(const AVChannelLayout& layout) {
  std::array<char, 128> text{};
  constexpr int kStereo = 2;  // with more channels, a file that is silent leaves a real choice
  if (layout.order == AV_CHANNEL_ORDER_UNSPEC && layout.nb_channels > kStereo) return {};
  const ChannelLayout known = ChannelLayout::known(layout);
  return av_channel_layout_describe(&known.get(), text.data(), text.size()) > 0 ? text.data() : "";
}

/// How many samples the container says there are, without the codec's delay and padding; 0 if it only
/// guesses.
std::int64_t samples_of(const Source& source, const AVStream& stream) {
  if (const auto exact = source.exact_samples()) return *exact;
  const AVCodecParameters& p = *stream.codecpar;
  const bool fine =
      stream.time_base.num == 1 && p.sample_rate > 0 && stream.time_base.den % p.sample_rate == 0;
  // What was not declared was estimated, but for Ogg, whose last page tells it.
  const bool told = source.declared_duration(stream).has_value() ||
                    std::string_view(source.context().iformat->name) == "ogg";
  if (!fine || !told || stream.duration <= 0 || p.codec_id == AV_CODEC_ID_MP3) return 0;
  const std::int64_t all = av_rescale_q(stream.duration, stream.time_base, AVRational{1, p.sample_rate});
  return p.codec_id == AV_CODEC_ID_OPUS ? std::max<std::int64_t>(all - p.initial_padding, 0) : all;
}

void describe_sound(StreamInfo& info, const Source& source, const AVStream& stream) {
  const AVCodecParameters& p = *stream.codecpar;
  info.sample_rate = p.sample_rate;
  info.channels = p.ch_layout.nb_channels;
  info.channel_layout = layout_name(p.ch_layout);
  info.bits_per_sample = lossless_bits(p);
  info.samples = samples_of(source, stream);
  if (info.samples > 0) {
    info.duration = std::chrono::nanoseconds(av_rescale(info.samples, std::nano::den, p.sample_rate));
  }
}

void describe_picture(StreamInfo& info, const AVStream& stream) {
  info.width = stream.codecpar->width;
  info.height = stream.codecpar->height;
  info.frame_rate =
      info.kind == StreamKind::video && stream.avg_frame_rate.den != 0 ? av_q2d(stream.avg_frame_rate) : 0;
  info.size = static_cast<std::uint64_t>(std::max(stream.attached_pic.size, 0));
}

std::int64_t bitrate_of(const AVStream& stream) {
  const AVCodecParameters& p = *stream.codecpar;
  if (p.bit_rate > 0) return p.bit_rate;
  return std::int64_t{av_get_bits_per_sample(p.codec_id)} * p.sample_rate * p.ch_layout.nb_channels;
}

StreamInfo describe_stream(const Source& source, const AVStream& stream) {
  StreamInfo info;
  info.index = stream.index;
  info.kind = kind_of(stream);
  info.codec = avcodec_get_name(stream.codecpar->codec_id);
  if (const auto* language = av_dict_get(stream.metadata, "language", nullptr, 0))
    info.language = language->value;
  if (info.language == "und") info.language.clear();
  info.is_default = (stream.disposition & AV_DISPOSITION_DEFAULT) != 0;
  info.bitrate = bitrate_of(stream);
  if (const std::int64_t late = source.late_start(stream); late > 0) {
    info.start = std::chrono::nanoseconds(av_rescale_q(late, stream.time_base, kNano));
  }
  if (stream.duration > 0)
    info.duration = std::chrono::nanoseconds(av_rescale_q(stream.duration, stream.time_base, kNano));
  if (info.kind == StreamKind::audio) describe_sound(info, source, stream);
  if (info.kind == StreamKind::video || info.kind == StreamKind::cover) describe_picture(info, stream);
  return info;
}

std::optional<std::chrono::nanoseconds> whole_duration(const Source& source) {
  std::optional<std::chrono::nanoseconds> longest;
  for (unsigned i = 0; i < source.context().nb_streams; ++i) {
    const AVStream& stream = *source.context().streams[i];
    const StreamKind kind = kind_of(stream);
    if (kind != StreamKind::audio && kind != StreamKind::video) continue;
    const auto own = duration_of(source, stream);
    if (own && (!longest || *own > *longest)) longest = own;
  }
  return longest;
}

}  // namespace

MediaInfo describe(Source& source, const Input& input) {
  MediaInfo info;
  info.format = source.format().name;
  info.title = source.format().title;
  info.family = source.format().family;
  info.size = input.bytes->size();
  const AVFormatContext& context = source.context();
  for (unsigned i = 0; i < context.nb_streams; ++i)
    info.streams.push_back(describe_stream(source, *context.streams[i]));
  info.duration = whole_duration(source);
  if (info.streams.size() == 1 && info.streams[0].samples > 0) info.duration = info.streams[0].duration;
  if (info.size && info.duration && info.duration->count() > 0) {
    const double seconds = std::chrono::duration<double>(*info.duration).count();
    info.bitrate = whole_number(static_cast<double>(*info.size) * 8 / seconds);
  }
  const AVStream* sound = nullptr;
  for (unsigned i = 0; i < context.nb_streams && sound == nullptr; ++i) {
    if (kind_of(*context.streams[i]) == StreamKind::audio) sound = context.streams[i];
  }
  if (context.nb_streams == 0) return info;
  Metadata metadata = read_metadata(context, sound != nullptr ? *sound : *context.streams[0]);
  info.tags = std::move(metadata.tags);
  info.chapters = std::move(metadata.chapters);
  return info;
}

}  // namespace convert::media
