// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <string>

namespace convert::test {

/// A WAV file of that length, mono at 22.05 kHz; another sound for every seed.
std::string wav(double seconds, std::uint32_t seed);

/// Bytes that are no sound, but look a little like it; others for every seed.
std::string corrupt_wav(std::uint32_t seed);

/// What an undisturbed conversion makes of it, in this process. `spec`: "format=mp3".
std::string converted(const std::string& content, const std::string& spec);

/// Whether two files of one format hold the same: byte for byte or, where a format numbers its streams at
/// random, decoded.
bool same_audio(const std::string& one, const std::string& other);

}  // namespace convert::test
