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

/// What happens to each stream of an input: the result of the one function that decides for `plan` and
/// `convert`.
struct MediaPlan {
  const Format* format = nullptr;  ///< the target
  const MuxerConfig* muxer_config = nullptr;
  AVStream* audio_stream = nullptr;  ///< the stream to convert
  int audio_stream_index = 0;
  bool copy = false;
  const AudioCodec* codec = nullptr;  ///< codec to encode with; null for a copy
  std::vector<StreamPlan> streams;
  std::vector<Warning> warnings;
  std::optional<std::chrono::nanoseconds> duration;  ///< of the output, if the header declares it
};

/// Decides which stream is converted and whether it is copied or encoded. Errors: those of
/// `Demuxer::select_audio_stream` and `plan_audio_encoding`; `unsupported` if a copy is requested and
/// impossible; `invalid_argument` if the trim starts after the end.
Result<MediaPlan> make_media_plan(const Demuxer& demuxer, const OutputSpec& spec);

/// The duration of `stream`, declared by the container or estimated.
std::optional<std::chrono::nanoseconds> stream_duration(const Demuxer& demuxer, const AVStream& stream);

/// Whether to decode or write in a second thread: one is allowed, and the audio is long or of unknown length.
bool use_second_thread(const MediaPlan& media_plan, const ConvertOptions& options);

/// Converts FFmpeg's stream type.
StreamKind stream_kind(const AVStream& stream);

/// Fills in the estimates of `plan`: duration, size and processor time.
void estimate(Plan& plan, const Demuxer& demuxer, const MediaPlan& media_plan, const OutputSpec& spec);

}  // namespace convert::media
