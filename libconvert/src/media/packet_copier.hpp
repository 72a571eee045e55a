// SPDX-License-Identifier: MIT
#pragma once

#include "media/plan/media_plan.hpp"
#include "media/metadata/metadata.hpp"
#include "media/muxer.hpp"

namespace convert::media {

/// Moves the packets of the chosen stream into `muxer` as they are, and fills in what `output` says of them.
Result<void> copy_audio(Demuxer& demuxer, const MediaPlan& media_plan, const Metadata& metadata, Muxer& muxer,
                        const ConvertOptions& options, OutputReport& output);

}  // namespace convert::media
