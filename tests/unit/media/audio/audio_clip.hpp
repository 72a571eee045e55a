// SPDX-License-Identifier: MIT
#pragma once

#include <ebur128.h>
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <random>
#include <span>
#include <string>
#include <vector>

#include "support/shell_command.hpp"

/// Audio in memory for tests, and measurements of it by other programs.
namespace convert::test {

struct AudioClip {
  int rate = 0;
  std::vector<std::vector<float>> channels;

  std::size_t frames() const { return channels.empty() ? 0 : channels[0].size(); }
  std::vector<const float*> planes() const {
    std::vector<const float*> result;
    for (const auto& channel : channels) result.push_back(channel.data());
    return result;
  }
  std::vector<float*> writable_planes() {
    std::vector<float*> result;
    for (auto& channel : channels) result.push_back(channel.data());
    return result;
  }
  AudioClip part(std::size_t begin, std::size_t count) const {
    AudioClip result{rate, {}};
    for (const auto& channel : channels) {
      const auto from = channel.begin() + static_cast<std::ptrdiff_t>(begin);
      result.channels.emplace_back(from, from + static_cast<std::ptrdiff_t>(count));
    }
    return result;
  }
};

template <class Function>
AudioClip make_clip(int rate, std::size_t channels, double seconds, Function value_at) {
  std::vector<float> channel(static_cast<std::size_t>(seconds * rate));
  for (std::size_t i = 0; i < channel.size(); ++i) channel[i] = static_cast<float>(value_at(i));
  return {rate, std::vector<std::vector<float>>(channels, channel)};
}

/// White noise, the same in every run, different in each channel.
inline AudioClip noise(int rate, std::size_t channels, double seconds, double amplitude) {
  std::mt19937 random(42);
  std::uniform_real_distribution<float> value(static_cast<float>(-amplitude), static_cast<float>(amplitude));
  auto clip = make_clip(rate, channels, seconds, [](std::size_t) { return 0; });
  for (auto& channel : clip.channels) {
    for (auto& sample : channel) sample = value(random);
  }
  return clip;
}

/// Decodes a file to stereo at 44.1 kHz with ffmpeg; no frames if ffmpeg or the file is missing.
inline AudioClip decode(const std::string& path, const std::string& options = {}) {
  const auto bytes =
      run(fmt::format("ffmpeg -v error -i '{}' {} -f f32le -ac 2 -ar 44100 - 2>/dev/null", path, options))
          .output;
  AudioClip clip{44'100, std::vector<std::vector<float>>(2)};
  std::vector<float> samples(bytes.size() / sizeof(float));
  std::copy_n(bytes.data(), samples.size() * sizeof(float), reinterpret_cast<char*>(samples.data()));
  for (std::size_t i = 0; i + 1 < samples.size(); i += 2) {
    clip.channels[0].push_back(samples[i]);
    clip.channels[1].push_back(samples[i + 1]);
  }
  return clip;
}

struct Loudness {
  double integrated = 0;
  double true_peak = 0;
};

/// Measured by ffmpeg's ebur128 filter.
inline Loudness ffmpeg_loudness(const std::string& path) {
  const auto text =
      run(fmt::format(
              "ffmpeg -nostats -hide_banner -i '{}' -af ebur128=peak=true:framelog=verbose -f null - 2>&1",
              path))
          .output;
  const auto number_after = [&text](const char* label) {
    const auto found = text.rfind(label);
    return found == std::string::npos
               ? 0
               : std::strtod(text.c_str() + found + std::string(label).size(), nullptr);
  };
  return {number_after("I:"), number_after("Peak:")};
}

/// dBTP, measured by libebur128.
inline double true_peak(const AudioClip& clip) {
  auto* state = ebur128_init(static_cast<unsigned>(clip.channels.size()),
                             static_cast<unsigned long>(clip.rate), EBUR128_MODE_TRUE_PEAK);
  std::vector<float> interleaved;
  interleaved.reserve(clip.frames() * clip.channels.size());
  for (std::size_t i = 0; i < clip.frames(); ++i) {
    for (const auto& channel : clip.channels) interleaved.push_back(channel[i]);
  }
  ebur128_add_frames_float(state, interleaved.data(), clip.frames());
  double highest = 0;
  for (unsigned c = 0; c < clip.channels.size(); ++c) {
    double peak = 0;
    ebur128_true_peak(state, c, &peak);
    highest = std::max(highest, peak);
  }
  ebur128_destroy(&state);
  return 20 * std::log10(highest);
}

}  // namespace convert::test
