// SPDX-License-Identifier: MIT
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace convert::media {

/// The value of R128_TRACK_GAIN (RFC 7845, 5.2.1: Q7.8, to reach -23 LUFS) for a ReplayGain 2 value
/// ("-6.50 dB", to reach -18 LUFS); nothing if that is no number or out of range.
std::optional<std::string> r128_gain(std::string_view replay_gain);

/// The other way round: "-6.50 dB".
std::optional<std::string> replay_gain(std::string_view r128);

}  // namespace convert::media
