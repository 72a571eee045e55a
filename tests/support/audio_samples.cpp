// SPDX-License-Identifier: MIT
#include "support/audio_samples.hpp"

#include <cmath>
#include <memory>
#include <random>
#include <utility>
#include <vector>

#include <convert/library.hpp>

#include "support/test_files.hpp"
#include "support/test_helpers.hpp"

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

namespace {

constexpr std::uint32_t kRate = 22'050;

class OneText : public Outputs {
 public:
  Result<std::unique_ptr<Writer>> create(std::string_view) override { return memory_writer(bytes); }
  std::vector<std::byte> bytes;
};

}  // namespace

std::string wav(double seconds, std::uint32_t seed) {
  std::minstd_rand random(seed + 1);
  std::uniform_real_distribution<double> noise(-1000, 1000);
  const double pitch = 200 + seed % 1000;
  std::vector<std::int16_t> samples(static_cast<std::size_t>(seconds * kRate));
  for (std::size_t i = 0; i < samples.size(); ++i) {
    const double value = 12'000 * std::sin(static_cast<double>(i) * pitch * 2 * 3.14159265 / kRate);
    samples[i] = static_cast<std::int16_t>(value + noise(random));
  }
  return wave(kRate, 1, samples);
}

std::string corrupt_wav(std::uint32_t seed) {
  std::minstd_rand random(seed + 1);
  if (seed % 3 == 0) return wav(0.1, seed).substr(0, 20 + random() % 20);  // ends in its header
  std::string text = seed % 3 == 1 ? "RIFF" : "%not-a-sound%";
  for (int i = 0; i < 2000; ++i) text += static_cast<char>(random() % 256);
  return text;
}

std::string converted(const std::string& content, const std::string& spec) {
  const Library library;
  const auto reader = memory_reader(bytes(content));
  const Input input{reader.get(), "input.wav"};
  OneText output;
  must(library.convert(std::span(&input, 1), output, must(parse_options(std::vector{spec}))));
  return text(output.bytes);
}

bool same_audio(const std::string& one, const std::string& other) {
  return one == other || converted(one, "format=wav") == converted(other, "format=wav");
}

}  // namespace convert::test
