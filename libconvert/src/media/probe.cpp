// SPDX-License-Identifier: MIT
#include "media/probe.hpp"

#include <algorithm>
#include <array>
#include <cstring>
#include <string_view>

#include "media/ffmpeg/allow_list.hpp"
#include "media/format/audio_codecs.hpp"
#include "media/plan/media_plan.hpp"
#include "media/metadata/metadata.hpp"
#include "media/ffmpeg/saturate.hpp"

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
std::int64_t exact_sample_count(const Demuxer& demuxer, const AVStream& stream) {
  if (const auto exact = demuxer.exact_samples()) return *exact;
  const AVCodecParameters& p = *stream.codecpar;
  const bool counts_samples =
      stream.time_base.num == 1 && p.sample_rate > 0 && stream.time_base.den % p.sample_rate == 0;
  // What was not declared was estimated, but for Ogg, whose last page tells it.
  const bool length_is_declared = demuxer.declared_duration(stream).has_value() ||
                                  std::string_view(demuxer.context().iformat->name) == "ogg";
  if (!counts_samples || !length_is_declared || stream.duration <= 0 || p.codec_id == AV_CODEC_ID_MP3)
    return 0;
  const std::int64_t all = av_rescale_q(stream.duration, stream.time_base, AVRational{1, p.sample_rate});
  return p.codec_id == AV_CODEC_ID_OPUS ? std::max<std::int64_t>(all - p.initial_padding, 0) : all;
}

void describe_audio(StreamInfo& info, const Demuxer& demuxer, const AVStream& stream) {
  const AVCodecParameters& p = *stream.codecpar;
  info.sample_rate = p.sample_rate;
  info.channels = p.ch_layout.nb_channels;
  info.channel_layout = layout_name(p.ch_layout);
  info.bits_per_sample = lossless_bits(p);
  info.samples = exact_sample_count(demuxer, stream);
  if (info.samples > 0) {
    info.duration = std::chrono::nanoseconds(av_rescale(info.samples, std::nano::den, p.sample_rate));
  }
}

void describe_video(StreamInfo& info, const AVStream& stream) {
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

StreamInfo describe_stream(const Demuxer& demuxer, const AVStream& stream) {
  StreamInfo info;
  info.index = stream.index;
  info.kind = stream_kind(stream);
  info.codec = avcodec_get_name(stream.codecpar->codec_id);
  if (const auto* language = av_dict_get(stream.metadata, "language", nullptr, 0))
    info.language = language->value;
  if (info.language == "und") info.language.clear();
  info.is_default = (stream.disposition & AV_DISPOSITION_DEFAULT) != 0;
  info.bitrate = bitrate_of(stream);
  if (const std::int64_t late = demuxer.start_offset(stream); late > 0) {
    info.start = std::chrono::nanoseconds(av_rescale_q(late, stream.time_base, kNano));
  }
  if (stream.duration > 0)
    info.duration = std::chrono::nanoseconds(av_rescale_q(stream.duration, stream.time_base, kNano));
  if (info.kind == StreamKind::audio) describe_audio(info, demuxer, stream);
  if (info.kind == StreamKind::video || info.kind == StreamKind::cover) describe_video(info, stream);
  return info;
}

std::optional<std::chrono::nanoseconds> longest_stream_duration(const Demuxer& demuxer) {
  std::optional<std::chrono::nanoseconds> longest;
  for (unsigned i = 0; i < demuxer.context().nb_streams; ++i) {
    const AVStream& stream = *demuxer.context().streams[i];
    const StreamKind kind = stream_kind(stream);
    if (kind != StreamKind::audio && kind != StreamKind::video) continue;
    const auto own = stream_duration(demuxer, stream);
    if (own && (!longest || *own > *longest)) longest = own;
  }
  return longest;
}

}  // namespace

MediaInfo describe_media(Demuxer& demuxer, const Input& input) {
  MediaInfo info;
  info.format = demuxer.format().name;
  info.title = demuxer.format().title;
  info.family = demuxer.format().family;
  info.size = input.reader->size();
  const AVFormatContext& context = demuxer.context();
  for (unsigned i = 0; i < context.nb_streams; ++i)
    info.streams.push_back(describe_stream(demuxer, *context.streams[i]));
  info.duration = longest_stream_duration(demuxer);
  if (info.streams.size() == 1 && info.streams[0].samples > 0) info.duration = info.streams[0].duration;
  if (info.size && info.duration && info.duration->count() > 0) {
    const double seconds = std::chrono::duration<double>(*info.duration).count();
    info.bitrate = saturating_truncate(static_cast<double>(*info.size) * 8 / seconds);
  }
  const AVStream* audio_stream = nullptr;
  for (unsigned i = 0; i < context.nb_streams && audio_stream == nullptr; ++i) {
    if (stream_kind(*context.streams[i]) == StreamKind::audio) audio_stream = context.streams[i];
  }
  if (context.nb_streams == 0) return info;
  Metadata metadata = read_metadata(context, audio_stream != nullptr ? *audio_stream : *context.streams[0]);
  info.tags = std::move(metadata.tags);
  info.chapters = std::move(metadata.chapters);
  return info;
}

}  // namespace convert::media
