// SPDX-License-Identifier: MIT
#pragma once

#include "media/decision.hpp"
#include "media/metadata.hpp"
#include "media/sink.hpp"

namespace convert::media {

/// Moves the packets of the chosen stream into `sink` as they are, and fills in what `output` says of them.
Result<void> copy_sound(Source& source, const Decision& decision, const Metadata& metadata, Sink& sink,
                        const ConvertOptions& options, OutputReport& output);

}  // namespace convert::media
