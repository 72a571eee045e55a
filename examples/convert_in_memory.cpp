// SPDX-License-Identifier: MIT
// Converts in memory: a generated WAV file of one second to FLAC.
#include <bit>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <string_view>
#include <vector>

#include <convert/convert.hpp>

namespace {

void append(std::vector<std::byte>& bytes, std::string_view text) {
  for (const char letter : text) bytes.push_back(static_cast<std::byte>(letter));
}

void append(std::vector<std::byte>& bytes, std::uint32_t value, int size) {
  for (int i = 0; i < size; ++i) bytes.push_back(static_cast<std::byte>(value >> (8 * i)));
}

/// 440 Hz, 16 bit, one channel.
std::vector<std::byte> one_second_of_audio() {
  constexpr std::uint32_t rate = 44'100;
  std::vector<std::byte> wav;
  append(wav, "RIFF");
  append(wav, 36 + 2 * rate, 4);
  append(wav, "WAVEfmt ");
  append(wav, 16, 4);
  append(wav, 1, 2);
  append(wav, 1, 2);
  append(wav, rate, 4);
  append(wav, 2 * rate, 4);
  append(wav, 2, 2);
  append(wav, 16, 2);
  append(wav, "data");
  append(wav, 2 * rate, 4);
  for (std::uint32_t i = 0; i < rate; ++i) {
    const double value = 16'000 * std::sin(2 * 3.14159265358979 * 440 * i / rate);
    append(wav, static_cast<std::uint16_t>(static_cast<std::int16_t>(value)), 2);
  }
  return wav;
}

}  // namespace

int main() {
  const std::vector<std::byte> wav = one_second_of_audio();
  std::vector<std::byte> flac;

  const convert::Library library;
  const auto reader = convert::memory_reader(wav);
  const convert::Input input{reader.get(), "beep.wav"};
  const auto outputs = convert::single_output(convert::memory_writer(flac));
  convert::OutputSpec spec;
  spec.format = "flac";
  const auto report = library.convert({&input, 1}, *outputs, spec);
  if (!report) {
    std::fprintf(stderr, "%s\n", report.error().message.c_str());
    return 1;
  }
  std::printf("%zu bytes of WAV became %zu bytes of FLAC, %lld samples\n", wav.size(), flac.size(),
              static_cast<long long>(report->outputs[0].samples));
}
