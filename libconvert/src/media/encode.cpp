// SPDX-License-Identifier: MIT
#include "media/encode.hpp"

#include <algorithm>
#include <optional>

#include <fmt/format.h>

#include "media/encoder.hpp"
#include "media/leveller.hpp"
#include "media/progress.hpp"
#include "media/pump.hpp"
#include "media/shaper.hpp"

namespace convert::media {
namespace {

constexpr double kDefaultCeiling = -1;  // dBTP, EBU R128

using Parameters = std::unique_ptr<AVCodecParameters, AvDeleter>;

void warn(const ConvertOptions& options, const Warning& warning) {
  if (options.warning) options.warning(warning);
}

/// One conversion by decoding and encoding; each reading of the input is one `read` with a sink of its own.
class Encoding {
 public:
  Encoding(const Input& input, const Decision& decision, const OutputSpec& spec, const Metadata& metadata,
           Sink& sink, const ConvertOptions& options)
      : input_(input),
        decision_(decision),
        spec_(spec),
        metadata_(metadata),
        sink_(sink),
        options_(options),
        progress_(options, decision.duration, spec.loudness ? 2 : 1) {}

  Result<void> run(std::unique_ptr<Source> source, OutputReport& output);

 private:
  Result<void> open_source();
  Result<void> read(const FrameSink& sink, bool tell);
  Result<void> check_heard(const SoundReader& sound) const;
  Result<void> check_duration(std::int64_t samples, int rate) const;
  Result<SoundPlan> plan_for(const AVFrame& first) const;

  Result<void> find_gain();
  Result<Measurement> measure_with(bool limited);

  Result<void> start(const AVFrame& first);
  Result<void> add_steps(const SoundShape& from, const SoundPlan& plan);
  Result<void> encode_all();
  void report(OutputReport& output) const;

  const Input& input_;
  const Decision& decision_;
  const OutputSpec& spec_;
  const Metadata& metadata_;
  Sink& sink_;
  const ConvertOptions& options_;
  ProgressTeller progress_;
  std::unique_ptr<Source> source_;
  Parameters from_{
      avcodec_parameters_alloc()};  // of the stream; a copy, since the reading thread owns the stream
  std::optional<Gain> gain_;
  Steps steps_;
  std::unique_ptr<LoudnessMeter> result_;  // of what is written, when a loudness was asked for
  std::unique_ptr<Encoder> encoder_;
};

Result<void> Encoding::open_source() {
  if (source_) return {};
  auto opened = Source::open(input_, options_);
  if (!opened) return opened.error();
  source_ = std::move(*opened);
  return {};
}

Result<void> Encoding::check_heard(const SoundReader& sound) const {
  if (sound.given() > 0) return {};
  if (sound.nothing_wanted()) {
    return Error{Errc::invalid_argument,
                 "end: less than one sample lies between start and end. Choose a later end."};
  }
  if (sound.ended_before_start()) {
    return Error{Errc::invalid_argument, "start: the sound ends before that. Choose an earlier start."};
  }
  if (!sound.heard()) {
    const bool damaged = !sound.warnings().empty();
    return Error{
        damaged ? Errc::corrupt_input : Errc::truncated_input,
        fmt::format("{} holds no sound that can be decoded{}. Fetch or export it again.", called(input_.name),
                    damaged ? ": it is damaged or cut off" : ": it ends right after its header")};
  }
  return {};
}

Result<void> Encoding::check_duration(std::int64_t samples, int rate) const {
  const double seconds = static_cast<double>(samples) / rate;
  const double allowed = std::chrono::duration<double>(options_.limits->duration).count();
  if (seconds <= allowed) return {};
  return Error{Errc::limit_exceeded,
               fmt::format("{} is longer than {:.0f} s, which is what limits.duration allows.",
                           called(input_.name), allowed)};
}

/// One reading of the wanted sound, from its begin to its end.
Result<void> Encoding::read(const FrameSink& sink, bool tell) {
  if (auto done = open_source(); !done) return done;
  if (static_cast<unsigned>(decision_.sound_index) >= source_->context().nb_streams) {
    return Error{Errc::io, fmt::format("{} changed while it was read. Try again when it is complete.",
                                       called(input_.name))};
  }
  AVStream& stream = *source_->context().streams[decision_.sound_index];
  if (!from_ || avcodec_parameters_copy(from_.get(), stream.codecpar) < 0) {
    return av_error(AVERROR(ENOMEM), "Opening the input");
  }
  auto sound = SoundReader::open(*source_, stream, spec_);
  if (!sound) return sound.error();
  std::int64_t done_samples = 0;
  const FrameSink counted = [&](Frame frame) -> Result<void> {
    done_samples += frame->nb_samples;
    if (auto fits = check_duration(done_samples, frame->sample_rate); !fits) return fits;
    progress_.tell(std::chrono::nanoseconds(av_rescale(done_samples, std::nano::den, frame->sample_rate)));
    return sink(std::move(frame));
  };
  // For PCM the second thread writes instead: see the Sink.
  const bool side_by_side = worth_a_thread(decision_, options_) && decision_.codec->name != "pcm";
  if (auto done = pump(**sound, counted, options_, side_by_side); !done) return done;
  if (auto heard = check_heard(**sound); !heard) return heard;
  if (tell) {
    for (const Warning& warning : (*sound)->warnings()) warn(options_, warning);
  }
  source_.reset();
  return {};
}

Result<SoundPlan> Encoding::plan_for(const AVFrame& first) const {
  return plan_sound(SoundShape::of(first), *from_, spec_, *decision_.format, *decision_.muxer);
}

/// What the sound measures in the output's rate and channels, with the planned gain if `limited`.
Result<Measurement> Encoding::measure_with(bool limited) {
  Steps steps;
  std::unique_ptr<LoudnessMeter> meter;
  const FrameSink into_meter = [&](Frame frame) -> Result<void> {
    measure(*meter, *frame);
    return {};
  };
  auto done = read(
      [&](Frame frame) -> Result<void> {
        if (!meter) {
          auto plan = plan_for(*frame);
          if (!plan) return plan.error();
          auto shaper = Shaper::make(SoundShape::of(*frame), planar_float(plan->shape));
          if (!shaper) return shaper.error();
          steps.add(std::move(*shaper));
          if (limited) {
            steps.add(std::make_unique<Leveller>(plan->shape, gain_->linear,
                                                 spec_.true_peak.value_or(kDefaultCeiling)));
          }
          meter = std::make_unique<LoudnessMeter>(plan->shape.sample_rate, channel_roles(plan->shape.layout));
        }
        return steps.push(std::move(frame), into_meter);
      },
      false);
  if (!done) return done.error();
  if (auto rest = steps.finish(into_meter); !rest) return rest.error();
  progress_.next_reading();
  return meter->measure();
}

/// The readings before the one that writes: see loudness.hpp.
Result<void> Encoding::find_gain() {
  const LoudnessTarget target{*spec_.loudness, spec_.true_peak.value_or(kDefaultCeiling)};
  auto source = measure_with(false);
  if (!source) return source.error();
  gain_ = plan_gain(*source, target);
  if (gain_->measure_limited) {
    auto limited = measure_with(true);
    if (!limited) return limited.error();
    gain_ = refine_gain(*source, target, *gain_, *limited);
  }
  if (!gain_->warning.empty()) warn(options_, {WarningCode::loudness, gain_->warning});
  return {};
}

Result<void> Encoding::add_steps(const SoundShape& from, const SoundPlan& plan) {
  if (!gain_) {
    auto shaper = Shaper::make(from, plan.shape, spec_.volume.value_or(1.0));
    if (!shaper) return shaper.error();
    steps_.add(std::move(*shaper));
    return {};
  }
  const SoundShape middle = planar_float(plan.shape);
  auto before = Shaper::make(from, middle, gain_->limit ? 1.0 : gain_->linear);
  if (!before) return before.error();
  steps_.add(std::move(*before));
  if (gain_->limit) {
    steps_.add(
        std::make_unique<Leveller>(plan.shape, gain_->linear, spec_.true_peak.value_or(kDefaultCeiling)));
  }
  result_ = std::make_unique<LoudnessMeter>(plan.shape.sample_rate, channel_roles(plan.shape.layout));
  steps_.add(std::make_unique<MeterStep>(*result_));
  auto after = Shaper::make(middle, plan.shape);
  if (!after) return after.error();
  steps_.add(std::move(*after));
  return {};
}

/// Opens the encoder and the output: only the first decoded frame tells for certain what the sound is like.
Result<void> Encoding::start(const AVFrame& first) {
  auto plan = plan_for(first);
  if (!plan) return plan.error();
  if (auto done = add_steps(SoundShape::of(first), *plan); !done) return done;
  auto encoder =
      Encoder::open(*plan, sink_.global_header(), [this](AVPacket& packet) { return sink_.write(packet); });
  if (!encoder) return encoder.error();
  encoder_ = std::move(*encoder);
  Parameters parameters(avcodec_parameters_alloc());
  if (!parameters || avcodec_parameters_from_context(parameters.get(), &encoder_->context()) < 0) {
    return av_error(AVERROR(ENOMEM), "Opening the output");
  }
  return sink_.begin(*parameters, encoder_->context().time_base, metadata_);
}

Result<void> Encoding::encode_all() {
  const FrameSink into_encoder = [this](Frame frame) { return encoder_->push(std::move(frame)); };
  auto done = read(
      [&](Frame frame) -> Result<void> {
        if (!encoder_) {
          if (auto started = start(*frame); !started) return started;
        }
        return steps_.push(std::move(frame), into_encoder);
      },
      true);
  if (!done) return done;
  if (auto rest = steps_.finish(into_encoder); !rest) return rest;
  return encoder_->finish();
}

void Encoding::report(OutputReport& output) const {
  const AVCodecContext& context = encoder_->context();
  output.sample_rate = context.sample_rate;
  output.samples = encoder_->samples();
  output.duration = std::chrono::nanoseconds(av_rescale(output.samples, std::nano::den, context.sample_rate));
  if (context.frame_size == 0 || says_padding(*decision_.format, context.codec_id, sink_.forward())) return;
  output.leading_padding = encoder_->leading();
  // Matroska has a place for it (DiscardPadding) where the encoder tells.
  output.trailing_padding =
      decision_.format->name == "mka" && encoder_->tells_end() ? 0 : encoder_->trailing();
}

Result<void> Encoding::run(std::unique_ptr<Source> source, OutputReport& output) {
  source_ = std::move(source);
  if (spec_.loudness) {
    if (auto found = find_gain(); !found) return found;
  }
  if (auto done = encode_all(); !done) return done;
  if (result_) {
    const LoudnessTarget target{*spec_.loudness, spec_.true_peak.value_or(kDefaultCeiling)};
    const std::string shortfall = loudness_shortfall(result_->measure(), target);
    if (!shortfall.empty()) warn(options_, {WarningCode::loudness, shortfall});
  }
  report(output);
  return {};
}

}  // namespace

Result<void> encode_sound(const Input& input, std::unique_ptr<Source> source, const Decision& decision,
                          const OutputSpec& spec, const Metadata& metadata, Sink& sink,
                          const ConvertOptions& options, OutputReport& output) {
  return Encoding(input, decision, spec, metadata, sink, options).run(std::move(source), output);
}

}  // namespace convert::media
