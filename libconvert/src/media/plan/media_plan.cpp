// SPDX-License-Identifier: MIT
#include "media/plan/media_plan.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "media/ffmpeg/saturate.hpp"

namespace convert::media {
namespace {

constexpr double kMinLateStart = 0.001;  // seconds; less is what rounding makes
constexpr double kMinSilenceWorthEncoding =
    0.1;  // seconds; encoding anew would lose more than a shorter silence is worth

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
    plan.reason = fmt::format("metadata={} is asked for", to_string(spec.metadata));
  } else if (plan.kind == StreamKind::cover && format.capabilities.cover_art) {
    plan.action = StreamAction::copy;
    plan.target_codec = plan.source_codec;
    plan.reason = "cover art goes along";
  } else if (plan.kind == StreamKind::audio) {
    plan.reason = "one track of sound is converted; choose another by track";
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
               fmt::format("start: the sound is {} long, so it may be 0 to less than that, not {}.",
                           seconds_text(whole), seconds_text(*spec.start))};
}

Result<void> plan_audio_stream(MediaPlan& media_plan, const Demuxer& demuxer, const OutputSpec& spec) {
  const AVCodecParameters& from = *media_plan.audio_stream->codecpar;
  const double delay = static_cast<double>(demuxer.start_offset(*media_plan.audio_stream)) *
                       av_q2d(media_plan.audio_stream->time_base);
  const std::string not_copied = reason_not_copied(from, delay > kMinSilenceWorthEncoding, spec,
                                                   *media_plan.format, *media_plan.muxer_config);
  if (!not_copied.empty() && spec.audio_codec == "copy") {
    return Error{Errc::unsupported,
                 fmt::format("codec: the sound cannot be copied: {}. Leave codec out, or choose one "
                             "that {} holds.",
                             not_copied, media_plan.format->name)};
  }
  StreamPlan plan = stream_plan_for(*media_plan.audio_stream);
  media_plan.copy = not_copied.empty();
  plan.action = media_plan.copy ? StreamAction::copy : StreamAction::encode;
  plan.target_codec = plan.source_codec;
  plan.reason = media_plan.copy
                    ? fmt::format("already fits {} and no change is asked", media_plan.format->name)
                    : not_copied;
  if (!media_plan.copy) {
    const PcmFormat pcm_format{from.sample_rate, ChannelLayout::known(from.ch_layout), AV_SAMPLE_FMT_NONE};
    auto audio_stream =
        plan_audio_encoding(pcm_format, from, spec, *media_plan.format, *media_plan.muxer_config);
    if (!audio_stream) return audio_stream.error();
    plan.target_codec = avcodec_get_name(audio_stream->id);
    media_plan.codec = audio_stream->codec;
    media_plan.warnings = audio_stream->warnings;
  } else if (delay > kMinLateStart && !media_plan.format->capabilities.start_offset) {
    media_plan.warnings.push_back(
        {WarningCode::metadata_lost,
         fmt::format("The sound begins {:.3f} s later than the file; {} cannot say so, "
                     "and a copy has no place for silence.",
                     delay, media_plan.format->name)});
  }
  media_plan.streams.push_back(std::move(plan));
  return {};
}

}  // namespace

bool use_second_thread(const MediaPlan& media_plan, const ConvertOptions& options) {
  constexpr auto kLong = std::chrono::seconds(5);  // below, starting a thread costs more than it gains
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
    if (whole < 0) return {};  // a length that nothing has
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
  auto audio_stream = demuxer.select_audio_stream(spec.audio_track);
  if (!audio_stream) return audio_stream.error();
  media_plan.audio_stream = *audio_stream;
  media_plan.audio_stream_index = (*audio_stream)->index;
  if (auto whole = stream_duration(demuxer, **audio_stream)) {
    if (demuxer.declared_duration(**audio_stream)) {
      if (auto fits = check_trim(spec, *whole); !fits) return fits.error();
    }
    const auto end = spec.end ? std::min(*spec.end, *whole) : *whole;
    media_plan.duration =
        std::max(end - spec.start.value_or(std::chrono::nanoseconds(0)), std::chrono::nanoseconds(0));
  }
  if (auto done = plan_audio_stream(media_plan, demuxer, spec); !done) return done.error();
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
         fmt::format("The input has {} more audio track{}; choose one with track=0 to track={}.", tracks,
                     tracks == 1 ? "" : "s", tracks)});
  }
  return media_plan;
}

}  // namespace convert::media
