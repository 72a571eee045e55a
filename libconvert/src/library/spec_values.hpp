// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace convert::library {

/// Whether digits beyond the precision of the result are an error or are rounded.
enum class ExtraDigits : std::uint8_t { refuse, round };

/// The decimal number in `text` (such as "-1.5" or "2e3") times 10^`power`, computed exactly, without a
/// double. Nothing if `text` is not a number, or the result does not fit.
std::optional<std::int64_t> read_scaled(std::string_view text, int power,
                                        ExtraDigits extra_digits = ExtraDigits::refuse);

/// A finite number with an optional sign.
std::optional<double> read_number(std::string_view text);

std::optional<std::int64_t> read_bitrate(std::string_view text);  ///< "192000", "192k", "1.5M"
std::optional<int> read_sample_rate(std::string_view text);       ///< "44100", "44.1k"
std::optional<int> read_channels(std::string_view text);          ///< "2", "stereo", "5.1"
std::optional<int> read_integer(std::string_view text);
std::optional<double> read_volume(std::string_view text);                  ///< "0.5", "-6dB", "-6 dB"
std::optional<double> read_loudness(std::string_view text);                ///< "-16", "-16 LUFS"
std::optional<double> read_peak(std::string_view text);                    ///< "-1", "-1 dBTP"
std::optional<std::chrono::nanoseconds> read_time(std::string_view text);  ///< "62.5", "1:02.5", "500ms"

}  // namespace convert::library
