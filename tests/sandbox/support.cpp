// SPDX-License-Identifier: MIT
#include "sandbox/support.hpp"

#include <cmath>
#include <stdexcept>

namespace convert::test {

std::shared_ptr<Sandbox> small_sandbox(const std::filesystem::path& worker,
                                       const std::filesystem::path& folder) {
  SandboxOptions options;
  options.worker = worker;
  options.temporary_folder = folder;
  options.limits.memory_bytes = std::uint64_t{256} << 20;
  options.limits.stall = std::chrono::milliseconds(1'500);
  options.limits.scratch_bytes = std::uint64_t{32} << 20;
  options.limits.answer_bytes = std::uint64_t{4} << 20;
  auto sandbox = Sandbox::start(std::move(options));
  if (!sandbox) throw std::runtime_error(sandbox.error().message);
  return *sandbox;
}

std::vector<std::byte> bytes_of(std::string_view text) {
  const auto bytes = std::as_bytes(std::span(text));
  return {bytes.begin(), bytes.end()};
}

std::vector<std::byte> tone(double seconds) {
  constexpr std::uint32_t kRate = 44'100;
  const auto frames = static_cast<std::uint32_t>(seconds * kRate);
  std::string text = "RIFF";
  const auto put = [&](std::uint32_t value, int count) {
    for (int i = 0; i < count; ++i) text.push_back(static_cast<char>(value >> (8 * i) & 0xFFU));
  };
  put(36 + frames * 2, 4);
  text += "WAVEfmt ";
  put(16, 4);
  put(1, 2);  // PCM
  put(1, 2);  // channels
  put(kRate, 4);
  put(kRate * 2, 4);
  put(2, 2);
  put(16, 2);
  text += "data";
  put(frames * 2, 4);
  for (std::uint32_t i = 0; i < frames; ++i) {
    put(static_cast<std::uint16_t>(static_cast<int>(9'000 * std::sin(0.06 * i))), 2);
  }
  return bytes_of(text);
}

Made convert_there(const Execution& where, std::span<const std::byte> input, const OutputSpec& spec,
                   const ConvertOptions& options) {
  std::vector<std::byte> output;
  const auto reader = memory_reader(input);
  const Input one{reader.get(), "input"};
  auto report = where.convert(std::span(&one, 1), *single_output(memory_writer(output)), spec, options);
  return {std::move(report), std::move(output)};
}

}  // namespace convert::test
