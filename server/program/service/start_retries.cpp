// SPDX-License-Identifier: MIT
#include "service/start_retries.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace convertd {

convert::Result<void> retry_while_unavailable(
    const std::function<convert::Result<void>()>& open, std::chrono::milliseconds timeout,
    const std::function<bool(std::chrono::milliseconds)>& stopped_within,
    const std::function<void(std::string)>& warn) {
  using std::chrono::milliseconds;
  constexpr milliseconds kLongestWait{5'000};
  const auto end = std::chrono::steady_clock::now() + timeout;
  for (milliseconds wait{1'000};; wait = std::min(2 * wait, kLongestWait)) {
    auto opened = open();
    if (opened || opened.error().code != convert::Errc::unavailable || !opened.error().retryable)
      return opened;
    if (std::chrono::steady_clock::now() + wait > end) return opened;
    warn(fmt::format("{} Trying again in {} s.", opened.error().message, wait.count() / 1'000));
    if (stopped_within(wait)) {
      return convert::Error{convert::Errc::cancelled, "Stopped before the start was complete.", true};
    }
  }
}

}  // namespace convertd
