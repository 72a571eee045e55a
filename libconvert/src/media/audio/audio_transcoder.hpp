// SPDX-License-Identifier: MIT
#pragma once

#include <memory>
#include <optional>

#include "media/audio/audio_encoder.hpp"
#include "media/audio/audio_filters.hpp"
#include "media/metadata/metadata.hpp"
#include "media/muxer.hpp"
#include "media/plan/media_plan.hpp"
#include "media/progress_reporter.hpp"

namespace convert::media {

/// Converts the planned audio stream by decoding, filtering and encoding. With `spec.loudness` the input is
/// read in up to three passes, so its Reader must be seekable.
class AudioTranscoder {
 public:
  AudioTranscoder(const Input& input, const MediaPlan& media_plan, const OutputSpec& spec,
                  const Metadata& metadata, Muxer& muxer, const ConvertOptions& options)
      : input_(input),
        media_plan_(media_plan),
        spec_(spec),
        metadata_(metadata),
        muxer_(muxer),
        options_(options),
        progress_(options, media_plan.duration, spec.loudness ? 2 : 1) {}

  Result<void> run(std::unique_ptr<Demuxer> demuxer, OutputReport& output);

 private:
  Result<void> open_demuxer();
  Result<void> decode_pass(const FrameSink& sink, bool report_warnings);
  Result<void> check_decoded_audio(const AudioDecoder& decoder) const;
  Result<void> check_duration(std::int64_t samples, int rate) const;
  Result<AudioEncodingPlan> plan_for(const AVFrame& first) const;

  Result<void> find_gain();
  Result<Measurement> measure_with(bool limited);

  Result<void> start(const AVFrame& first);
  Result<void> add_filters(const PcmFormat& from, const AudioEncodingPlan& plan);
  Result<void> encode_all();
  void report(OutputReport& output) const;

  const Input& input_;
  const MediaPlan& media_plan_;
  const OutputSpec& spec_;
  const Metadata& metadata_;
  Muxer& muxer_;
  const ConvertOptions& options_;
  ProgressReporter progress_;
  std::unique_ptr<Demuxer> demuxer_;
  CodecParameters input_parameters_{
      avcodec_parameters_alloc()};  // of the input stream; a copy, since the decoding thread owns the stream
  std::optional<GainPlan> gain_;
  AudioFilterChain filters_;
  std::unique_ptr<LoudnessMeter> output_meter_;  // measures the output, if `spec.loudness` is set
  std::unique_ptr<AudioEncoder> encoder_;
};

}  // namespace convert::media
