// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <span>
#include <string>

namespace convert::test {

/// A WAV file of interleaved 16-bit samples.
std::string wave(std::uint32_t rate, std::uint32_t channels, std::span<const std::int16_t> samples);

/// A WAV file with mono audio at 22.05 kHz, which depends on the seed.
std::string wav(double seconds, std::uint32_t seed);

/// Bytes that resemble a WAV file and cannot be converted; they depend on the seed.
std::string corrupt_wav(std::uint32_t seed);

/// Converts `content` in this process. `spec`: "format=mp3".
std::string converted(const std::string& content, const std::string& spec);

/// Whether two files of one format are equal, byte by byte or after decoding: some formats number their
/// streams at random.
bool same_audio(const std::string& one, const std::string& other);

}  // namespace convert::test
