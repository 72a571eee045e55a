// SPDX-License-Identifier: MIT
#pragma once

#include "media/plan/media_plan.hpp"
#include "media/metadata/metadata.hpp"
#include "media/muxer.hpp"

namespace convert::media {

/// Decodes the chosen stream, does what `spec` asks, encodes into `muxer`, and fills in what `output` says of
/// it. Loudness reads the input several times, so its Reader has to be seekable then.
Result<void> transcode_audio(const Input& input, std::unique_ptr<Demuxer> demuxer,
                             const MediaPlan& media_plan, const OutputSpec& spec, const Metadata& metadata,
                             Muxer& muxer, const ConvertOptions& options, OutputReport& output);

}  // namespace convert::media
