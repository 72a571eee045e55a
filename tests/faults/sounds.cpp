// SPDX-License-Identifier: MIT
#include "faults/sounds.hpp"

#include <cmath>
#include <memory>
#include <random>
#include <utility>
#include <vector>

#include <convert/library.hpp>

#include "faults/site.hpp"
#include "support/bytes.hpp"

namespace convert::test {
namespace {

constexpr std::uint32_t kRate = 22'050;

void append(std::string& text, std::uint32_t value, int bytes) {
  for (int i = 0; i < bytes; ++i) text += static_cast<char>(value >> (8 * i) & 0xff);
}

std::string header(std::uint32_t data_bytes) {
  std::string text = "RIFF";
  append(text, 36 + data_bytes, 4);
  text += "WAVEfmt ";
  append(text, 16, 4);
  append(text, 1, 2);
  append(text, 1, 2);
  append(text, kRate, 4);
  append(text, kRate * 2, 4);
  append(text, 2, 2);
  append(text, 16, 2);
  text += "data";
  append(text, data_bytes, 4);
  return text;
}

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
  const auto frames = static_cast<std::uint32_t>(seconds * kRate);
  auto text = header(frames * 2);
  for (std::uint32_t i = 0; i < frames; ++i) {
    const double value = 12'000 * std::sin(i * pitch * 2 * 3.14159265 / kRate) + noise(random);
    append(text, static_cast<std::uint16_t>(static_cast<std::int16_t>(value)), 2);
  }
  return text;
}

std::string broken_wav(std::uint32_t seed) {
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

bool same_sound(const std::string& one, const std::string& other) {
  return one == other || converted(one, "format=wav") == converted(other, "format=wav");
}

}  // namespace convert::test
