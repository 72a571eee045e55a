// SPDX-License-Identifier: MIT
#include "media/plan/media_plan.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/try.hpp"
#include "media/ffmpeg/timestamps.hpp"

namespace convert::media {

namespace {

constexpr double kMinLateStart = 0.001;  // seconds; less is a rounding error
constexpr double kMinSilenceWorthEncoding =
    0.1;  // seconds; a shorter silence is not worth the loss of encoding again

std::string seconds_text(std::chrono::nanoseconds time) {
  return fmt::format("{:.2f} s", std::chrono::duration<double>(time).count());
}

StreamPlan stream_plan_for(const AVStream& stream) {
  StreamPlan plan;
  plan.stream = stream.index;
  plan.kind = stream_kind(stream);
  plan.source_codec = avcodec_get_name(stream.codecpar->codec_id);
  return plan;
}

StreamPlan plan_other_stream(const AVStream& stream, const Format& format, const OutputSpec& spec) {
  StreamPlan plan = stream_plan_for(stream);
  if (plan.kind == StreamKind::cover && spec.metadata != MetadataPolicy::keep) {
    plan.reason = fmt::format("metadata={} is requested", to_string(spec.metadata));
  } else if (plan.kind == StreamKind::cover && format.capabilities.cover_art) {
    plan.action = StreamAction::copy;
    plan.target_codec = plan.source_codec;
    plan.reason = "cover art is copied";
  } else if (plan.kind == StreamKind::audio) {
    plan.reason = "one audio track is converted; choose another with audio_track";
  } else {
    plan.reason =
        fmt::format("{} holds no {}", format.name,
                    plan.kind == StreamKind::cover ? "cover art" : std::string(to_string(plan.kind)));
  }
  return plan;
}

Result<void> check_trim(const OutputSpec& spec, std::chrono::nanoseconds whole) {
  if (!spec.start || *spec.start < whole) return {};
  return Error{Errc::invalid_argument,
               fmt::format("start: the audio is {} long; start must be less than that, not {}.",
                           seconds_text(whole), seconds_text(*spec.start))};
}

bool contains_word(std::string_view words, std::string_view word) {
  while (!words.empty()) {
    const auto end = std::min(words.find(' '), words.size());
    if (words.substr(0, end) == word) return true;
    words.remove_prefix(std::min(end + 1, words.size()));
  }
  return false;
}

/// Why the stream cannot be copied into the format, as a phrase. Empty: it can be copied.
std::string reason_not_copied(const AVCodecParameters& source, bool starts_late, const OutputSpec& spec,
                              const Format& format, const MuxerConfig& muxer_config) {
  const AudioCodec* codec = find_audio_codec(source.codec_id);
  const std::string_view from = avcodec_get_name(source.codec_id);
  const auto& held = format.codecs;
  if (codec == nullptr || std::find(held.begin(), held.end(), codec->name) == held.end()) {
    return fmt::format("{} holds {}, not {}", format.name, fmt::join(held, ", "), from);
  }
  const AVOutputFormat* output = av_guess_format(muxer_config.name, nullptr, nullptr);
  if (output == nullptr || avformat_query_codec(output, source.codec_id, FF_COMPLIANCE_NORMAL) == 0) {
    return fmt::format("{} does not hold {}", format.name, from);
  }
  if (muxer_config.big_endian_pcm && is_pcm(source.codec_id) && from.ends_with("le")) {
    return fmt::format("{} holds big-endian samples", format.name);
  }
  if (spec.audio_codec.empty() && !muxer_config.codecs_copied_by_default.empty() &&
      !contains_word(muxer_config.codecs_copied_by_default, codec->name)) {
    return fmt::format("{} uses {} unless another codec is requested", format.name, format.codecs.front());
  }
  if (!spec.audio_codec.empty() && spec.audio_codec != "copy" && spec.audio_codec != codec->name) {
    return fmt::format("{} is requested", spec.audio_codec);
  }
  const auto requested = [&](bool is, const char* field) {
    return is ? std::string(field) + " is requested" : std::string();
  };
  for (std::string why :
       {requested(spec.audio_bitrate.has_value(), "bitrate"),
        requested(spec.audio_quality.has_value(), "quality"), requested(spec.level.has_value(), "level"),
        requested(spec.sample_rate && *spec.sample_rate != source.sample_rate, "sample_rate"),
        requested(spec.channels && *spec.channels != source.ch_layout.nb_channels, "channels"),
        requested(spec.sample_format.has_value(), "sample_format"),
        requested(spec.start.has_value(), "start"), requested(spec.end.has_value(), "end"),
        requested(spec.volume.has_value(), "volume"), requested(spec.loudness.has_value(), "loudness")}) {
    if (!why.empty()) return why;
  }
  if (starts_late && !format.capabilities.start_offset && spec.audio_codec != "copy") {
    return fmt::format("it starts later than the file, which {} can only represent as silence", format.name);
  }
  return {};
}

Result<void> plan_audio_stream(MediaPlan& media_plan, const Demuxer& demuxer, const OutputSpec& spec) {
  const AVCodecParameters& from = *media_plan.audio_stream->codecpar;
  const double delay = static_cast<double>(demuxer.start_offset(*media_plan.audio_stream)) *
                       av_q2d(media_plan.audio_stream->time_base);
  const std::string not_copied = reason_not_copied(from, delay > kMinSilenceWorthEncoding, spec,
                                                   *media_plan.format, *media_plan.muxer_config);
  if (!not_copied.empty() && spec.audio_codec == "copy") {
    return Error{Errc::unsupported,
                 fmt::format("audio_codec: the audio cannot be copied: {}. Omit audio_codec, or choose one "
                             "that {} can hold.",
                             not_copied, media_plan.format->name)};
  }
  StreamPlan plan = stream_plan_for(*media_plan.audio_stream);
  media_plan.copy = not_copied.empty();
  plan.action = media_plan.copy ? StreamAction::copy : StreamAction::encode;
  plan.target_codec = plan.source_codec;
  plan.reason = media_plan.copy
                    ? fmt::format("already fits {} and no change is requested", media_plan.format->name)
                    : not_copied;
  if (!media_plan.copy) {
    const PcmFormat pcm_format{from.sample_rate, ChannelLayout::known(from.ch_layout), AV_SAMPLE_FMT_NONE};
    CONVERT_TRY_ASSIGN(auto encoding, plan_audio_encoding(pcm_format, from, spec, *media_plan.format,
                                                          *media_plan.muxer_config));
    plan.target_codec = avcodec_get_name(encoding.id);
    media_plan.codec = encoding.codec;
    media_plan.warnings = encoding.warnings;
  } else if (delay > kMinLateStart && !media_plan.format->capabilities.start_offset) {
    media_plan.warnings.push_back(
        {WarningCode::metadata_lost,
         fmt::format("The audio starts {:.3f} s later than the file; {} cannot store that, "
                     "and a copy cannot add silence.",
                     delay, media_plan.format->name)});
  }
  media_plan.streams.push_back(std::move(plan));
  return {};
}

// Seconds of stereo audio processed per second on one core of the reference machine.
constexpr double kDecodeSpeed = 1500;
constexpr double kCopySpeed = 20'000;
constexpr double kMeasureSpeed = 800;
// Average size of losslessly compressed music, relative to PCM.
constexpr double kLosslessRatio = 0.62;
// Container overhead.
constexpr double kOverhead = 1.01;

double bits_per_second(const AudioEncodingPlan& encoding) {
  const int channels = encoding.pcm_format.layout.channels();
  const double raw =
      static_cast<double>(encoding.pcm_format.sample_rate) * channels * std::max(encoding.bits, 16);
  if (encoding.codec->name == "pcm") return raw;
  if (encoding.codec->lossless) return raw * kLosslessRatio;
  if (encoding.bitrate > 0) return static_cast<double>(encoding.bitrate);
  constexpr double kLowest =
      24'000;  // bits per second and channel at variable bit rate: quality 0, and each step
  constexpr double kStep = 11'000;
  return (kLowest + encoding.quality.value_or(5) * kStep) * channels;
}

double copied_bits_per_second(const Demuxer& demuxer, const AVStream& stream) {
  const AVCodecParameters& p = *stream.codecpar;
  if (p.bit_rate > 0) return static_cast<double>(p.bit_rate);
  const double bits = av_get_bits_per_sample(p.codec_id);
  if (bits > 0) return bits * p.sample_rate * p.ch_layout.nb_channels;
  if (demuxer.context().nb_streams > 1) return 0;  // the bit rate of the file includes all streams
  return static_cast<double>(std::max<std::int64_t>(demuxer.context().bit_rate, 0));
}

}  // namespace

bool use_second_thread(const MediaPlan& media_plan, const ConvertOptions& options) {
  constexpr auto kLong = std::chrono::seconds(5);  // below this, starting a thread costs more than it saves
  return options.threads_now() > 1 && !media_plan.copy &&
         (!media_plan.duration || *media_plan.duration >= kLong);
}

StreamKind stream_kind(const AVStream& stream) {
  if ((stream.disposition & AV_DISPOSITION_ATTACHED_PIC) != 0) return StreamKind::cover;
  switch (stream.codecpar->codec_type) {
    case AVMEDIA_TYPE_AUDIO:
      return StreamKind::audio;
    case AVMEDIA_TYPE_VIDEO:
      return StreamKind::video;
    case AVMEDIA_TYPE_SUBTITLE:
      return StreamKind::subtitle;
    default:
      return StreamKind::data;
  }
}

std::optional<std::chrono::nanoseconds> stream_duration(const Demuxer& demuxer, const AVStream& stream) {
  constexpr AVRational kNano{1, std::nano::den};
  if (stream.duration != AV_NOPTS_VALUE && stream.duration > 0) {
    const auto whole =
        av_rescale_q(saturating_add(stream.duration, demuxer.start_offset(stream)), stream.time_base, kNano);
    if (whole < 0) return {};  // overflow: not a valid length
    return std::chrono::nanoseconds(whole);
  }
  if (demuxer.context().duration > 0) {
    return std::chrono::nanoseconds(av_rescale_q(demuxer.context().duration, AV_TIME_BASE_Q, kNano));
  }
  return {};
}

Result<MediaPlan> make_media_plan(const Demuxer& demuxer, const OutputSpec& spec) {
  MediaPlan media_plan;
  media_plan.format = find_media_format(spec.format);
  media_plan.muxer_config = find_muxer_config(spec.format);
  CONVERT_TRY_ASSIGN(auto audio_stream, demuxer.select_audio_stream(spec.audio_track));
  media_plan.audio_stream = audio_stream;
  media_plan.audio_stream_index = audio_stream->index;
  if (auto whole = stream_duration(demuxer, *audio_stream)) {
    if (demuxer.declared_duration(*audio_stream)) {
      CONVERT_TRY(check_trim(spec, *whole));
    }
    const auto end = spec.end ? std::min(*spec.end, *whole) : *whole;
    media_plan.duration =
        std::max(end - spec.start.value_or(std::chrono::nanoseconds(0)), std::chrono::nanoseconds(0));
  }
  CONVERT_TRY(plan_audio_stream(media_plan, demuxer, spec));
  int tracks = 0;
  for (unsigned i = 0; i < demuxer.context().nb_streams; ++i) {
    const AVStream& stream = *demuxer.context().streams[i];
    if (&stream == media_plan.audio_stream) continue;
    if (stream_kind(stream) == StreamKind::audio) ++tracks;
    media_plan.streams.push_back(plan_other_stream(stream, *media_plan.format, spec));
  }
  if (tracks > 0 && !spec.audio_track) {
    media_plan.warnings.push_back(
        {WarningCode::stream_dropped,
         fmt::format("The input has {} more audio track{}; choose one with audio_track=0 to audio_track={}.",
                     tracks, tracks == 1 ? "" : "s", tracks)});
  }
  return media_plan;
}

void estimate(Plan& plan, const Demuxer& demuxer, const MediaPlan& media_plan, const OutputSpec& spec) {
  plan.duration = media_plan.duration;
  if (!plan.duration) return;
  const double seconds = std::chrono::duration<double>(*plan.duration).count();
  const AVCodecParameters& from = *media_plan.audio_stream->codecpar;
  double rate = copied_bits_per_second(demuxer, *media_plan.audio_stream);
  double effort = seconds / kCopySpeed;
  if (!media_plan.copy) {
    const PcmFormat pcm_format{from.sample_rate, ChannelLayout::known(from.ch_layout), AV_SAMPLE_FMT_NONE};
    auto encoding = plan_audio_encoding(pcm_format, from, spec, *media_plan.format, *media_plan.muxer_config);
    if (!encoding) return;
    rate = bits_per_second(*encoding);
    const double channels = static_cast<double>(encoding->pcm_format.layout.channels()) / 2;
    effort = seconds * channels * (1 / kDecodeSpeed + 1 / encoding->codec->speed);
    if (spec.loudness) effort += seconds * channels * (1 / kDecodeSpeed + 1 / kMeasureSpeed);
  }
  plan.cpu_seconds = effort;
  if (rate > 0) plan.size = static_cast<std::uint64_t>(saturating_truncate(seconds * rate / 8 * kOverhead));
}

}  // namespace convert::media
