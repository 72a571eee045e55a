// SPDX-License-Identifier: MIT
#include "sandbox/sandbox_fixtures.hpp"

#include <chrono>
#include <cmath>
#include <cstring>
#include <stdexcept>
#include <thread>

#include "support/audio_samples.hpp"

namespace convert::test {
namespace {

class StringWriter : public Writer {
 public:
  StringWriter(StringOutputs& outputs, std::string name) : outputs_(outputs), name_(std::move(name)) {}

  bool seekable() const override { return !outputs_.forward_only; }
  Result<void> write_at(std::uint64_t offset, std::span<const std::byte> from) override {
    if (outputs_.write_fails) return *outputs_.write_fails;
    std::string& bytes = outputs_.seen[name_];
    EXPECT_TRUE(seekable() || offset == bytes.size());
    if (offset + from.size() > bytes.size()) bytes.resize(offset + from.size());
    std::memcpy(bytes.data() + offset, from.data(), from.size());
    return {};
  }
  Result<void> commit() override {
    if (outputs_.commit_fails) return *outputs_.commit_fails;
    outputs_.made[name_] = outputs_.seen[name_];
    return {};
  }

 private:
  StringOutputs& outputs_;
  std::string name_;
};

}  // namespace

Result<std::unique_ptr<Writer>> StringOutputs::create(std::string_view name) {
  if (create_fails) return *create_fails;
  return std::unique_ptr<Writer>(std::make_unique<StringWriter>(*this, std::string(name)));
}

std::string wav(double seconds) {
  constexpr std::uint32_t kRate = 44'100;
  const auto frames = static_cast<std::size_t>(seconds * kRate);
  std::vector<std::int16_t> samples;
  samples.reserve(2 * frames);
  std::uint32_t noise = 1;
  for (std::size_t i = 0; i < frames; ++i) {
    noise = noise * 1664525 + 1013904223;
    const auto at = static_cast<double>(i);
    const double tone =
        9000 * std::sin(at * 0.06) + 4000 * std::sin(at * 0.0613 * static_cast<double>(1 + i % 3));
    const auto sample = static_cast<std::int16_t>(tone + (noise >> 20));
    samples.push_back(sample);
    samples.push_back(static_cast<std::int16_t>(sample / 2));
  }
  return wave(kRate, 2, samples);
}

std::shared_ptr<Sandbox> sandbox(SandboxOptions options) {
  if (options.worker_program.empty()) options.worker_program = CONVERT_WORKER;
  auto started = Sandbox::start(std::move(options));
  EXPECT_TRUE(started) << started.error().message;
  return started ? *started : nullptr;
}

OutputSpec spec_for(const std::string& format) {
  OutputSpec spec;
  spec.format = format;
  return spec;
}

MemoryInput::MemoryInput(std::string bytes_, std::string name)
    : content(std::move(bytes_)),
      reader(memory_reader(bytes(content))),
      input{reader.get(), std::move(name)} {}

bool eventually_true(const std::function<bool()>& happens) {
  const auto latest = std::chrono::steady_clock::now() + std::chrono::seconds(20);
  while (!happens()) {
    if (std::chrono::steady_clock::now() > latest) return false;
    std::this_thread::yield();
  }
  return true;
}

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
