// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include <convert/plan.hpp>

#include "media/sound_plan.hpp"

namespace convert::media {

/// What is going to happen to each stream of a source, the same for `plan` and `convert`.
struct Decision {
  const Format* format = nullptr;  ///< the target
  const Muxer* muxer = nullptr;
  AVStream* sound = nullptr;  ///< the stream that is converted
  int sound_index = 0;
  bool copy = false;
  const Codec* codec = nullptr;  ///< what it is encoded with; null for a copy
  std::vector<StreamPlan> streams;
  std::vector<Warning> warnings;
  std::optional<std::chrono::nanoseconds> duration;  ///< of the output, where the header tells it
};

/// Errors: those of `Source::audio`, `plan_sound`; `unsupported` where "copy" is asked for and impossible;
/// `invalid_argument` for a start behind the end.
Result<Decision> decide(const Source& source, const OutputSpec& spec);

/// How long `stream` is, as far as the container says or lets guess.
std::optional<std::chrono::nanoseconds> duration_of(const Source& source, const AVStream& stream);

/// Whether a second thread pays: there is much sound (or nobody knows), and one is allowed.
bool worth_a_thread(const Decision& decision, const ConvertOptions& options);

/// FFmpeg's kind of stream as ours.
StreamKind kind_of(const AVStream& stream);

}  // namespace convert::media
