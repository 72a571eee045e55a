// SPDX-License-Identifier: MIT
#pragma once

#include "media/decision.hpp"
#include "media/metadata.hpp"
#include "media/sink.hpp"

namespace convert::media {

/// Decodes the chosen stream, does what `spec` asks, encodes into `sink`, and fills in what `output` says of
/// it. Loudness reads the input several times, so its Reader has to be seekable then.
Result<void> encode_sound(const Input& input, std::unique_ptr<Source> source, const Decision& decision,
                          const OutputSpec& spec, const Metadata& metadata, Sink& sink,
                          const ConvertOptions& options, OutputReport& output);

}  // namespace convert::media
