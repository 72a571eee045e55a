// SPDX-License-Identifier: MIT
#pragma once

#include "media/decision.hpp"
#include "media/metadata.hpp"
#include "media/sink.hpp"

namespace convert::media {

/// Moves the packets of the chosen stream into `muxer` as they are, and fills in what `output` says of them.
Result<void> copy_audio(Demuxer& demuxer, const MediaPlan& media_plan, const Metadata& metadata, Muxer& muxer,
                        const ConvertOptions& options, OutputReport& output);

}  // namespace convert::media
