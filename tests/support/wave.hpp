// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <span>
#include <string>

namespace convert::test {

/// A WAV file of 16-bit samples; those of several channels alternate.
std::string wave(std::uint32_t rate, std::uint32_t channels, std::span<const std::int16_t> samples);

}  // namespace convert::test
