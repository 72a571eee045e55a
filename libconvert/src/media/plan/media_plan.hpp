// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include <convert/output_spec.hpp>
#include <convert/plan.hpp>

#include "media/demuxer.hpp"
#include "media/plan/audio_plan.hpp"

namespace convert::media {

/// What is going to happen to each stream of a source, the same for `plan` and `convert`.
struct MediaPlan {
  const Format* format = nullptr;  ///< the target
  const MuxerConfig* muxer_config = nullptr;
  AVStream* audio_stream = nullptr;  ///< the stream that is converted
  int audio_stream_index = 0;
  bool copy = false;
  const AudioCodec* codec = nullptr;  ///< what it is encoded with; null for a copy
  std::vector<StreamPlan> streams;
  std::vector<Warning> warnings;
  std::optional<std::chrono::nanoseconds> duration;  ///< of the output, where the header tells it
};

/// Errors: those of `Demuxer::audio`, `plan_audio_encoding`; `unsupported` where "copy" is asked for and
/// impossible; `invalid_argument` for a start behind the end.
Result<MediaPlan> make_media_plan(const Demuxer& demuxer, const OutputSpec& spec);

/// How long `stream` is, as far as the container says or lets guess.
std::optional<std::chrono::nanoseconds> stream_duration(const Demuxer& demuxer, const AVStream& stream);

/// Whether a second thread pays: there is much sound (or nobody knows), and one is allowed.
bool use_second_thread(const MediaPlan& media_plan, const ConvertOptions& options);

/// FFmpeg's kind of stream as ours.
StreamKind stream_kind(const AVStream& stream);

/// Fills in what `plan` can say of size and effort.
void estimate(Plan& plan, const Demuxer& demuxer, const MediaPlan& media_plan, const OutputSpec& spec);

}  // namespace convert::media
