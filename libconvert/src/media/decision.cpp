// SPDX-License-Identifier: MIT
#include "media/decision.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "media/saturate.hpp"

namespace convert::media {
namespace {

constexpr double kLeastLateStart = 0.001;  // seconds; less is what rounding makes
constexpr double kWorthEncoding =
    0.1;  // seconds; encoding anew would lose more than a shorter silence is worth

std::string seconds_text(std::chrono::nanoseconds time) {
  return fmt::format("{:.2f} s", std::chrono::duration<double>(time).count());
}

StreamPlan plan_of(const AVStream& stream) {
  StreamPlan plan;
  plan.stream = stream.index;
  plan.kind = kind_of(stream);
  plan.from = avcodec_get_name(stream.codecpar->codec_id);
  return plan;
}

StreamPlan plan_other(const AVStream& stream, const Format& format, const OutputSpec& spec) {
  StreamPlan plan = plan_of(stream);
  if (plan.kind == StreamKind::cover && spec.metadata != MetadataPolicy::keep) {
    plan.reason = fmt::format("metadata={} is asked for", to_string(spec.metadata));
  } else if (plan.kind == StreamKind::cover && format.holds.cover) {
    plan.action = Action::copy;
    plan.to = plan.from;
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

Result<void> decide_sound(Decision& decision, const Source& source, const OutputSpec& spec) {
  const AVCodecParameters& from = *decision.sound->codecpar;
  const double late =
      static_cast<double>(source.late_start(*decision.sound)) * av_q2d(decision.sound->time_base);
  const std::string why_not =
      why_not_copied(from, late > kWorthEncoding, spec, *decision.format, *decision.muxer);
  if (!why_not.empty() && spec.codec == "copy") {
    return Error{Errc::unsupported,
                 fmt::format("codec: the sound cannot be copied: {}. Leave codec out, or choose one "
                             "that {} holds.",
                             why_not, decision.format->name)};
  }
  StreamPlan plan = plan_of(*decision.sound);
  decision.copy = why_not.empty();
  plan.action = decision.copy ? Action::copy : Action::encode;
  plan.to = plan.from;
  plan.reason =
      decision.copy ? fmt::format("already fits {} and no change is asked", decision.format->name) : why_not;
  if (!decision.copy) {
    const SoundShape shape{from.sample_rate, ChannelLayout::known(from.ch_layout), AV_SAMPLE_FMT_NONE};
    auto sound = plan_sound(shape, from, spec, *decision.format, *decision.muxer);
    if (!sound) return sound.error();
    plan.to = avcodec_get_name(sound->id);
    decision.codec = sound->codec;
    decision.warnings = sound->warnings;
  } else if (late > kLeastLateStart && !decision.format->holds.late_start) {
    decision.warnings.push_back(
        {WarningCode::metadata_lost,
         fmt::format("The sound begins {:.3f} s later than the file; {} cannot say so, "
                     "and a copy has no place for silence.",
                     late, decision.format->name)});
  }
  decision.streams.push_back(std::move(plan));
  return {};
}

}  // namespace

bool worth_a_thread(const Decision& decision, const ConvertOptions& options) {
  constexpr auto kLong = std::chrono::seconds(5);  // below, starting a thread costs more than it gains
  return options.threads_now() > 1 && !decision.copy && (!decision.duration || *decision.duration >= kLong);
}

StreamKind kind_of(const AVStream& stream) {
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

std::optional<std::chrono::nanoseconds> duration_of(const Source& source, const AVStream& stream) {
  constexpr AVRational kNano{1, std::nano::den};
  if (stream.duration != AV_NOPTS_VALUE && stream.duration > 0) {
    const auto whole =
        av_rescale_q(plus(stream.duration, source.late_start(stream)), stream.time_base, kNano);
    if (whole < 0) return {};  // a length that nothing has
    return std::chrono::nanoseconds(whole);
  }
  if (source.context().duration > 0) {
    return std::chrono::nanoseconds(av_rescale_q(source.context().duration, AV_TIME_BASE_Q, kNano));
  }
  return {};
}

Result<Decision> decide(const Source& source, const OutputSpec& spec) {
  Decision decision;
  decision.format = find_format(spec.format);
  decision.muxer = find_muxer(spec.format);
  auto sound = source.audio(spec.track);
  if (!sound) return sound.error();
  decision.sound = *sound;
  decision.sound_index = (*sound)->index;
  if (auto whole = duration_of(source, **sound)) {
    if (source.declared_duration(**sound)) {
      if (auto fits = check_trim(spec, *whole); !fits) return fits.error();
    }
    const auto end = spec.end ? std::min(*spec.end, *whole) : *whole;
    decision.duration =
        std::max(end - spec.start.value_or(std::chrono::nanoseconds(0)), std::chrono::nanoseconds(0));
  }
  if (auto done = decide_sound(decision, source, spec); !done) return done.error();
  int tracks = 0;
  for (unsigned i = 0; i < source.context().nb_streams; ++i) {
    const AVStream& stream = *source.context().streams[i];
    if (&stream == decision.sound) continue;
    if (kind_of(stream) == StreamKind::audio) ++tracks;
    decision.streams.push_back(plan_other(stream, *decision.format, spec));
  }
  if (tracks > 0 && !spec.track) {
    decision.warnings.push_back(
        {WarningCode::stream_dropped,
         fmt::format("The input has {} more audio track{}; choose one with track=0 to track={}.", tracks,
                     tracks == 1 ? "" : "s", tracks)});
  }
  return decision;
}

}  // namespace convert::media
