// SPDX-License-Identifier: MIT
#pragma once

#include "media/audio/audio_filters.hpp"

namespace convert::media {

/// Reads `decoder` to its end into `sink`, checking `options` on the way. With `in_background`, reading and
/// decoding run in a thread of their own, a bounded distance ahead of `sink`, which always runs in the
/// caller's.
Result<void> decode_frames(AudioDecoder& decoder, const FrameSink& sink, const ConvertOptions& options,
                           bool in_background);

}  // namespace convert::media
