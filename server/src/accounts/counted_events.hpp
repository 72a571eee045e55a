// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>

#include <convert/server/policy.hpp>
#include <convert/time.hpp>

/// Events that an account store counts against a rate, by the generic cell rate algorithm (ITU-T I.371). It
/// stores one number for each key: when the key is idle again, which is the time of the next evenly spaced
/// event.
namespace convert::server::accounts {

/// Since 1970.
using Microseconds = std::int64_t;

/// A RateLimit as numbers.
struct EventRate {
  Microseconds step = 1;       ///< between two evenly spaced events
  Microseconds tolerance = 0;  ///< how early an event may be
};
/// The rate must have events.
EventRate event_rate(const RateLimit& rate);

inline Microseconds event_time(Time now) { return std::chrono::microseconds(now.time_since_epoch()).count(); }

/// How long an event at `now` has to wait; nothing if it may be counted. `idle`: the stored number, 0 for a
/// new key.
std::optional<std::chrono::milliseconds> event_wait(const EventRate& rate, Microseconds idle,
                                                    Microseconds now);

/// The number to store after an event was counted, or taken back.
Microseconds idle_after_event(const EventRate& rate, Microseconds idle, Microseconds now);
Microseconds idle_without_event(const EventRate& rate, Microseconds idle, Microseconds now);

}  // namespace convert::server::accounts
