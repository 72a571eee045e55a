// SPDX-License-Identifier: MIT
#include "sandbox/support.hpp"

#include <cmath>
#include <stdexcept>

#include "support/wave.hpp"

namespace convert::test {

std::shared_ptr<Sandbox> small_sandbox(const std::filesystem::path& worker,
                                       const std::filesystem::path& folder) {
  SandboxOptions options;
  options.worker_program = worker;
  options.temporary_folder = folder;
  options.limits.memory_bytes = std::uint64_t{256} << 20;
  options.limits.stall_timeout = std::chrono::milliseconds(1'500);
  options.limits.temporary_bytes = std::uint64_t{32} << 20;
  options.limits.result_bytes = std::uint64_t{4} << 20;
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
  std::vector<std::int16_t> samples(static_cast<std::size_t>(seconds * kRate));
  for (std::size_t i = 0; i < samples.size(); ++i) {
    samples[i] = static_cast<std::int16_t>(9'000 * std::sin(0.06 * static_cast<double>(i)));
  }
  return bytes_of(wave(kRate, 1, samples));
}

ConversionOutcome convert_in_memory(const Execution& where, std::span<const std::byte> input,
                                    const OutputSpec& spec, const ConvertOptions& options) {
  std::vector<std::byte> output;
  const auto reader = memory_reader(input);
  const Input one{reader.get(), "input"};
  auto report = where.convert(std::span(&one, 1), *single_output(memory_writer(output)), spec, options);
  return {std::move(report), std::move(output)};
}

}  // namespace convert::test
