// SPDX-License-Identifier: MIT
#include "accounts/counted_events.hpp"

#include <algorithm>

namespace convert::server::accounts {
namespace {

using std::chrono::microseconds;
using std::chrono::milliseconds;

constexpr milliseconds kMaxInterval = std::chrono::hours(24 * 366);

}  // namespace

EventRate event_rate(const RateLimit& rate) {
  const auto interval = microseconds(std::clamp(rate.interval, milliseconds(1), kMaxInterval)).count();
  const Microseconds step = std::max<Microseconds>(interval / std::max(rate.events, 1U), 1);
  const Microseconds burst = rate.burst != 0 ? rate.burst : rate.events;
  // At most a year, so that the product cannot overflow.
  return {step,
          step * std::min(std::max<Microseconds>(burst - 1, 0), microseconds(kMaxInterval).count() / step)};
}

std::optional<milliseconds> event_wait(const EventRate& rate, Microseconds idle, Microseconds now) {
  const Microseconds early = std::max(idle, now) - now - rate.tolerance;
  if (early <= 0) return {};
  return std::chrono::ceil<milliseconds>(microseconds(early));
}

Microseconds idle_after_event(const EventRate& rate, Microseconds idle, Microseconds now) {
  return std::max(idle, now) + rate.step;
}

Microseconds idle_without_event(const EventRate& rate, Microseconds idle, Microseconds now) {
  return std::max(idle - rate.step, now);
}

}  // namespace convert::server::accounts
