// SPDX-License-Identifier: MIT
#pragma once

#include "media/step.hpp"

namespace convert::media {

/// Reads `sound` to its end into `sink`, checking `options` on the way. With `side_by_side`, reading and
/// decoding run in a thread of their own, a bounded distance ahead of `sink`, which always runs in the
/// caller's.
Result<void> pump(SoundReader& sound, const FrameSink& sink, const ConvertOptions& options,
                  bool side_by_side);

}  // namespace convert::media
