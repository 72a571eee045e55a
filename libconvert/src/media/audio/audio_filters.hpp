// SPDX-License-Identifier: MIT
#pragma once

#include <functional>
#include <memory>
#include <vector>

#include "media/audio/audio_decoder.hpp"

namespace convert::media {

/// Takes each frame of a sound.
using FrameSink = std::function<Result<void>(Frame)>;

/// One thing done to sound on its way: frames in, frames out, in the same thread.
class AudioFilter {
 public:
  virtual ~AudioFilter() = default;
  /// The frame, changed; null if there is nothing to give out yet.
  virtual Result<Frame> push(Frame frame) = 0;
  /// After the last frame, called until it gives null: what was still inside.
  virtual Result<Frame> finish() = 0;
};

/// The steps in their order.
class AudioFilterChain {
 public:
  void add(std::unique_ptr<AudioFilter> filter) { filters_.push_back(std::move(filter)); }
  /// Sends a frame through all of them into `sink`.
  Result<void> push(Frame frame, const FrameSink& sink) { return push_from(0, std::move(frame), sink); }
  /// Empties them, first to last, into `sink`.
  Result<void> finish(const FrameSink& sink);

 private:
  Result<void> push_from(std::size_t first, Frame frame, const FrameSink& sink);

  std::vector<std::unique_ptr<AudioFilter>> filters_;
};

}  // namespace convert::media
