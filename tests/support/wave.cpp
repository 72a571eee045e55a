// SPDX-License-Identifier: MIT
#include "support/wave.hpp"

namespace convert::test {
namespace {

void append(std::string& text, std::uint32_t value, int bytes) {
  for (int i = 0; i < bytes; ++i) text += static_cast<char>(value >> (8 * i) & 0xff);
}

}  // namespace

std::string wave(std::uint32_t rate, std::uint32_t channels, std::span<const std::int16_t> samples) {
  const auto size = static_cast<std::uint32_t>(samples.size_bytes());
  std::string text = "RIFF";
  append(text, 36 + size, 4);
  text += "WAVEfmt ";
  append(text, 16, 4);
  append(text, 1, 2);  // PCM
  append(text, channels, 2);
  append(text, rate, 4);
  append(text, rate * channels * 2, 4);
  append(text, channels * 2, 2);
  append(text, 16, 2);
  text += "data";
  append(text, size, 4);
  for (const std::int16_t sample : samples) append(text, static_cast<std::uint16_t>(sample), 2);
  return text;
}

}  // namespace convert::test
