// SPDX-License-Identifier: MIT
#include "sandbox/sandbox_fixtures.hpp"

#include <chrono>
#include <cmath>
#include <cstring>
#include <thread>

#include "support/wave.hpp"

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

}  // namespace convert::test
