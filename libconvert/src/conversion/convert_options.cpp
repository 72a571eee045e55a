// SPDX-License-Identifier: MIT
#include <convert/options.hpp>

namespace convert {

Result<void> ConvertOptions::check_cancellation() const {
  if (stop.stop_requested()) return Error{Errc::cancelled, "The conversion was cancelled."};
  if (deadline && std::chrono::steady_clock::now() >= *deadline) {
    return Error{Errc::deadline_exceeded,
                 "The conversion exceeded its time limit. "
                 "Allow more time, or convert a part of the input."};
  }
  return {};
}

}  // namespace convert
