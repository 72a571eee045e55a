// SPDX-License-Identifier: MIT
#include "media/step.hpp"

namespace convert::media {

Result<void> Steps::push_from(std::size_t first, Frame frame, const FrameSink& sink) {
  for (std::size_t i = first; i < steps_.size(); ++i) {
    auto changed = steps_[i]->push(std::move(frame));
    if (!changed) return changed.error();
    if (!*changed) return {};
    frame = std::move(*changed);
  }
  return sink(std::move(frame));
}

Result<void> Steps::finish(const FrameSink& sink) {
  for (std::size_t i = 0; i < steps_.size(); ++i) {
    while (true) {
      auto rest = steps_[i]->finish();
      if (!rest) return rest.error();
      if (!*rest) break;
      if (auto done = push_from(i + 1, std::move(*rest), sink); !done) return done;
    }
  }
  return {};
}

}  // namespace convert::media
