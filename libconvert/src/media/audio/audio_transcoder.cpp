// SPDX-License-Identifier: MIT
#include "media/audio/audio_transcoder.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <exception>
#include <optional>
#include <thread>
#include <vector>

#include "base/try.hpp"
#include "media/audio/audio_encoder.hpp"
#include "media/audio/audio_filters.hpp"
#include "media/audio/resampler.hpp"
#include "media/bounded_queue.hpp"
#include "media/ffmpeg/ffmpeg_log.hpp"
#include "media/progress_reporter.hpp"

namespace convert::media {

namespace {

using Batch = std::vector<Frame>;

// Passing single frames between threads costs more than decoding them. These values keep a batch near 1 MiB.
constexpr int kBatchSamples = 32'768;
constexpr std::size_t kMaxQueuedBatches = 4;

Result<Batch> read_batch(AudioDecoder& decoder) {
  Batch batch;
  for (int samples = 0; samples < kBatchSamples; samples += batch.back()->nb_samples) {
    CONVERT_TRY_ASSIGN(auto frame, decoder.next());
    if (!frame) break;
    batch.push_back(std::move(frame));
  }
  return batch;
}

Result<void> send_batch(Batch batch, const FrameSink& sink) {
  for (Frame& frame : batch) {
    CONVERT_TRY(sink(std::move(frame)));
  }
  return {};
}

Result<void> decode_in_this_thread(AudioDecoder& decoder, const FrameSink& sink,
                                   const ConvertOptions& options) {
  while (true) {
    CONVERT_TRY(options.check_cancellation());
    CONVERT_TRY_ASSIGN(auto frame, decoder.next());
    if (!frame) return {};
    CONVERT_TRY(sink(std::move(frame)));
  }
}

/// Decodes in the background thread. An error is delivered after the frames before it.
void decode_into_queue(AudioDecoder& decoder, BoundedQueue<Result<Batch>>& queue) {
  const LogSilencer silencer;
  bool more = true;
  while (more) {
    auto batch = read_batch(decoder);
    more = batch && !batch->empty();
    if (batch && batch->empty()) break;
    more = queue.push(std::move(batch)) && more;
  }
}

/// Exceptions must not leave the thread: `thrown` carries them to the calling thread.
void decode_in_thread(AudioDecoder& decoder, BoundedQueue<Result<Batch>>& queue,
                      std::exception_ptr& thrown) noexcept {
  try {
    decode_into_queue(decoder, queue);
  } catch (...) {
    thrown = std::current_exception();
  }
  queue.finish();
}

/// Unblocks the decoding thread before it is joined.
class QueueCloser {
 public:
  explicit QueueCloser(BoundedQueue<Result<Batch>>& queue) : queue_(queue) {}
  ~QueueCloser() { queue_.close(); }
  QueueCloser(const QueueCloser&) = delete;
  QueueCloser& operator=(const QueueCloser&) = delete;

 private:
  BoundedQueue<Result<Batch>>& queue_;
};

Result<void> consume_queue(BoundedQueue<Result<Batch>>& queue, const FrameSink& sink,
                           const ConvertOptions& options) {
  while (auto batch = queue.pop()) {
    if (!*batch) return batch->error();
    CONVERT_TRY(options.check_cancellation());
    CONVERT_TRY(send_batch(std::move(**batch), sink));
  }
  return {};
}

/// Sends the frames of `decoder` to `sink` until its end. With `in_background`, reading and decoding run in a
/// second thread, a bounded distance ahead; `sink` always runs in the calling thread.
Result<void> decode_frames(AudioDecoder& decoder, const FrameSink& sink, const ConvertOptions& options,
                           bool in_background) {
  if (!in_background) return decode_in_this_thread(decoder, sink, options);
  BoundedQueue<Result<Batch>> queue(kMaxQueuedBatches);
  std::exception_ptr thrown;
  auto done = [&] {
    const std::jthread thread([&] { decode_in_thread(decoder, queue, thrown); });
    const QueueCloser closer(queue);
    return consume_queue(queue, sink, options);
  }();
  if (thrown) std::rethrow_exception(thrown);
  return done;
}

constexpr double kDefaultCeiling = -1;  // dBTP, EBU R128

}  // namespace

Result<void> AudioTranscoder::open_demuxer() {
  if (demuxer_) return {};
  CONVERT_TRY_ASSIGN(auto opened, Demuxer::open(input_, options_));
  demuxer_ = std::move(opened);
  return {};
}

Result<void> AudioTranscoder::check_decoded_audio(const AudioDecoder& decoder) const {
  if (decoder.samples_decoded() > 0) return {};
  if (decoder.range_is_empty()) {
    return Error{Errc::invalid_argument,
                 "end: there is no sample between start and end. Choose a later end."};
  }
  if (decoder.ends_before_range()) {
    return Error{Errc::invalid_argument, "start: the audio ends before start. Choose an earlier start."};
  }
  if (!decoder.decoded_any()) {
    const bool damaged = !decoder.warnings().empty();
    return Error{damaged ? Errc::corrupt_input : Errc::truncated_input,
                 fmt::format("{} contains no audio that can be decoded{}. Download or export it again.",
                             display_name(input_.name),
                             damaged ? ": it is damaged or truncated" : ": it ends right after its header")};
  }
  return {};
}

Result<void> AudioTranscoder::check_duration(std::int64_t samples, int rate) const {
  const double seconds = static_cast<double>(samples) / rate;
  const double allowed = std::chrono::duration<double>(options_.limits->duration).count();
  if (seconds <= allowed) return {};
  return Error{Errc::limit_exceeded,
               fmt::format("{} is longer than the limit of {:.0f} s for one conversion.",
                           display_name(input_.name), allowed)};
}

/// One pass over the requested range.
Result<void> AudioTranscoder::decode_pass(const FrameSink& sink, bool report_warnings) {
  CONVERT_TRY(open_demuxer());
  if (static_cast<unsigned>(media_plan_.audio_stream_index) >= demuxer_->context().nb_streams) {
    return Error{Errc::io, fmt::format("{} changed while it was read. Try again when it is complete.",
                                       display_name(input_.name))};
  }
  AVStream& stream = *demuxer_->context().streams[media_plan_.audio_stream_index];
  if (!input_parameters_ || avcodec_parameters_copy(input_parameters_.get(), stream.codecpar) < 0) {
    return av_error(AVERROR(ENOMEM), "Opening the input");
  }
  CONVERT_TRY_ASSIGN(auto decoder, AudioDecoder::open(*demuxer_, stream, spec_));
  std::int64_t decoded_samples = 0;
  const FrameSink counted = [&](Frame frame) -> Result<void> {
    decoded_samples += frame->nb_samples;
    CONVERT_TRY(check_duration(decoded_samples, frame->sample_rate));
    progress_.report(
        std::chrono::nanoseconds(av_rescale(decoded_samples, std::nano::den, frame->sample_rate)));
    return sink(std::move(frame));
  };
  // For PCM the second thread writes instead: see BackgroundWriter.
  const bool in_background = use_second_thread(media_plan_, options_) && media_plan_.codec->name != "pcm";
  CONVERT_TRY(decode_frames(*decoder, counted, options_, in_background));
  CONVERT_TRY(check_decoded_audio(*decoder));
  if (report_warnings) {
    for (const Warning& warning : decoder->warnings()) report_warning(options_, warning);
  }
  demuxer_.reset();
  return {};
}

Result<AudioEncodingPlan> AudioTranscoder::plan_for(const AVFrame& first) const {
  return plan_audio_encoding(PcmFormat::of(first), *input_parameters_, spec_, *media_plan_.format,
                             *media_plan_.muxer_config);
}

/// Measures the input in the output's rate and channels; with the planned gain and the limiter if `limited`.
Result<Measurement> AudioTranscoder::measure_with(bool limited) {
  AudioFilterChain filters;
  std::unique_ptr<LoudnessMeter> meter;
  const FrameSink into_meter = [&](Frame frame) -> Result<void> {
    add_to_meter(*meter, *frame);
    return {};
  };
  auto done = decode_pass(
      [&](Frame frame) -> Result<void> {
        if (!meter) {
          CONVERT_TRY_ASSIGN(auto plan, plan_for(*frame));
          CONVERT_TRY_ASSIGN(auto resampler, ResampleFilter::make(PcmFormat::of(*frame),
                                                                  planar_float_format(plan.pcm_format)));
          filters.add(std::move(resampler));
          if (limited) {
            filters.add(std::make_unique<LimiterFilter>(plan.pcm_format, gain_->linear,
                                                        spec_.true_peak.value_or(kDefaultCeiling)));
          }
          meter = std::make_unique<LoudnessMeter>(plan.pcm_format.sample_rate,
                                                  channel_roles(plan.pcm_format.layout));
        }
        return filters.push(std::move(frame), into_meter);
      },
      false);
  if (!done) return done.error();
  CONVERT_TRY(filters.finish(into_meter));
  progress_.next_pass();
  return meter->measure();
}

/// The measuring passes: see loudness.hpp.
Result<void> AudioTranscoder::find_gain() {
  const LoudnessTarget target{*spec_.loudness, spec_.true_peak.value_or(kDefaultCeiling)};
  CONVERT_TRY_ASSIGN(auto source, measure_with(false));
  gain_ = plan_gain(source, target);
  if (gain_->measure_limited) {
    CONVERT_TRY_ASSIGN(auto limited, measure_with(true));
    gain_ = refine_gain(source, target, *gain_, limited);
  }
  if (!gain_->warning.empty()) report_warning(options_, {WarningCode::loudness, gain_->warning});
  return {};
}

Result<void> AudioTranscoder::add_filters(const PcmFormat& from, const AudioEncodingPlan& plan) {
  if (!gain_) {
    CONVERT_TRY_ASSIGN(auto resampler,
                       ResampleFilter::make(from, plan.pcm_format, spec_.volume.value_or(1.0)));
    filters_.add(std::move(resampler));
    return {};
  }
  const PcmFormat middle = planar_float_format(plan.pcm_format);
  CONVERT_TRY_ASSIGN(auto before, ResampleFilter::make(from, middle, gain_->limit ? 1.0 : gain_->linear));
  filters_.add(std::move(before));
  if (gain_->limit) {
    filters_.add(std::make_unique<LimiterFilter>(plan.pcm_format, gain_->linear,
                                                 spec_.true_peak.value_or(kDefaultCeiling)));
  }
  output_meter_ =
      std::make_unique<LoudnessMeter>(plan.pcm_format.sample_rate, channel_roles(plan.pcm_format.layout));
  filters_.add(std::make_unique<LoudnessMeterFilter>(*output_meter_));
  CONVERT_TRY_ASSIGN(auto after, ResampleFilter::make(middle, plan.pcm_format));
  filters_.add(std::move(after));
  return {};
}

/// Opens the encoder and the output. The PCM format is certain only with the first decoded frame.
Result<void> AudioTranscoder::start(const AVFrame& first) {
  CONVERT_TRY_ASSIGN(auto plan, plan_for(first));
  CONVERT_TRY(add_filters(PcmFormat::of(first), plan));
  auto encoder = AudioEncoder::open(plan, muxer_.global_header(),
                                    [this](AVPacket& packet) { return muxer_.write(packet); });
  if (!encoder) return encoder.error();
  encoder_ = std::move(*encoder);
  CodecParameters parameters(avcodec_parameters_alloc());
  if (!parameters || avcodec_parameters_from_context(parameters.get(), &encoder_->context()) < 0) {
    return av_error(AVERROR(ENOMEM), "Opening the output");
  }
  return muxer_.write_header(*parameters, encoder_->context().time_base, metadata_);
}

Result<void> AudioTranscoder::encode_all() {
  const FrameSink into_encoder = [this](Frame frame) { return encoder_->push(std::move(frame)); };
  auto done = decode_pass(
      [&](Frame frame) -> Result<void> {
        if (!encoder_) {
          CONVERT_TRY(start(*frame));
        }
        return filters_.push(std::move(frame), into_encoder);
      },
      true);
  if (!done) return done;
  CONVERT_TRY(filters_.finish(into_encoder));
  return encoder_->finish();
}

void AudioTranscoder::report(OutputReport& output) const {
  const AVCodecContext& context = encoder_->context();
  output.sample_rate = context.sample_rate;
  output.samples = encoder_->samples();
  output.duration = std::chrono::nanoseconds(av_rescale(output.samples, std::nano::den, context.sample_rate));
  if (context.frame_size == 0 || signals_padding(*media_plan_.format, context.codec_id, muxer_.forward()))
    return;
  output.leading_padding = encoder_->leading_padding();
  // Matroska stores it as DiscardPadding if the encoder declares it.
  output.trailing_padding =
      media_plan_.format->name == "mka" && encoder_->signals_end_padding() ? 0 : encoder_->trailing_padding();
}

Result<void> AudioTranscoder::run(std::unique_ptr<Demuxer> demuxer, OutputReport& output) {
  demuxer_ = std::move(demuxer);
  if (spec_.loudness) {
    CONVERT_TRY(find_gain());
  }
  CONVERT_TRY(encode_all());
  if (output_meter_) {
    const LoudnessTarget target{*spec_.loudness, spec_.true_peak.value_or(kDefaultCeiling)};
    const std::string shortfall = loudness_shortfall(output_meter_->measure(), target);
    if (!shortfall.empty()) report_warning(options_, {WarningCode::loudness, shortfall});
  }
  report(output);
  return {};
}

}  // namespace convert::media
