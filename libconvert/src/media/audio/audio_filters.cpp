// SPDX-License-Identifier: MIT
#include "media/audio/audio_filters.hpp"

namespace convert::media {

Result<void> AudioFilterChain::push_from(std::size_t first, Frame frame, const FrameSink& sink) {
  for (std::size_t i = first; i < filters_.size(); ++i) {
    auto changed = filters_[i]->push(std::move(frame));
    if (!changed) return changed.error();
    if (!*changed) return {};
    frame = std::move(*changed);
  }
  return sink(std::move(frame));
}

Result<void> AudioFilterChain::finish(const FrameSink& sink) {
  for (std::size_t i = 0; i < filters_.size(); ++i) {
    while (true) {
      auto rest = filters_[i]->finish();
      if (!rest) return rest.error();
      if (!*rest) break;
      if (auto done = push_from(i + 1, std::move(*rest), sink); !done) return done;
    }
  }
  return {};
}

}  // namespace convert::media
