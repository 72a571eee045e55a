// SPDX-License-Identifier: MIT
// Conversions that need more than SandboxLimits allow: an Error names the limit, its value or what to do, and
// what it says to do helps.
#include <cstring>

#include "sandbox/sandbox_fixtures.hpp"

namespace convert::test {
namespace {

/// Sound without end, of which no size is known.
class EndlessAudio : public Reader {
 public:
  std::optional<std::uint64_t> size() const override { return {}; }
  bool seekable() const override { return false; }
  Result<std::size_t> read_at(std::uint64_t offset, std::span<std::byte> into) override {
    // A header is read once, and would say that the sound is a second long.
    std::string_view all = content_;
    std::size_t at = static_cast<std::size_t>(offset);
    if (offset >= kHeader) {
      all.remove_prefix(kHeader);
      at = static_cast<std::size_t>((offset - kHeader) % all.size());
    }
    const auto count = std::min(into.size(), all.size() - at);
    std::memcpy(into.data(), all.data() + at, count);
    return count;
  }

 private:
  static constexpr std::size_t kHeader = 44;
  static std::string endless() {
    std::string content = wav(1);
    const std::string unknown(4, '\xFF');  // in both places where it says how long it is
    content.replace(4, unknown.size(), unknown);
    content.replace(kHeader - unknown.size(), unknown.size(), unknown);
    return content;
  }
  std::string content_ = endless();
};

Result<Report> convert(const SandboxLimits& limits, Reader& reader, const std::string& format,
                       bool forward_only = false) {
  SandboxOptions options;
  options.limits = limits;
  const auto execution = sandbox(options);
  if (!execution) return Error{Errc::unavailable, "There is no sandbox."};
  StringOutputs outputs;
  outputs.forward_only = forward_only;
  const Input input{&reader, "in.wav"};
  auto report = execution->convert(std::span(&input, 1), outputs, spec_for(format), {});
  EXPECT_EQ(report.has_value(), !outputs.made.empty());
  return report;
}

void expect_limit(const Result<Report>& report, const std::string& name) {
  ASSERT_FALSE(report);
  const Error& error = report.error();
  EXPECT_EQ(error.code, Errc::limit_exceeded) << error.message;
  EXPECT_FALSE(error.retryable);
  EXPECT_NE(error.message.find("SandboxLimits::" + name), std::string::npos) << error.message;
  EXPECT_NE(error.message.find("Raise it"), std::string::npos) << error.message;
}

TEST(SandboxLimits, Memory) {
#ifdef CONVERT_SANITIZED
  GTEST_SKIP() << "Sanitizers map terabytes: there is no bound on memory.";
#endif
  SandboxLimits limits;
  limits.memory_bytes = std::uint64_t{16} << 20;
  MemoryInput source(wav(1));
  expect_limit(convert(limits, *source.reader, "7z"), "memory_bytes");
  limits.memory_bytes = SandboxLimits().memory_bytes;
  const auto report = convert(limits, *source.reader, "7z");
  EXPECT_TRUE(report) << report.error().message;
}

TEST(SandboxLimits, ProcessorTime) {
  SandboxLimits limits;
  limits.cpu_time = std::chrono::seconds(1);
  EndlessAudio endless;
  expect_limit(convert(limits, endless, "mp3"), "processor_time");
}

class ScratchLimit : public ::testing::TestWithParam<const char*> {};

/// Formats that go by way of a temporary file, into a Writer that can't go back.
TEST_P(ScratchLimit, IsTold) {
  SandboxLimits limits;
  limits.temporary_bytes = std::uint64_t{1} << 20;
  EndlessAudio endless;
  expect_limit(convert(limits, endless, GetParam(), true), "scratch_bytes");
  limits.temporary_bytes = SandboxLimits().temporary_bytes;
  MemoryInput source(wav(10));  // twice as much as the limit
  const auto report = convert(limits, *source.reader, GetParam(), true);
  EXPECT_TRUE(report) << report.error().message;
}

INSTANTIATE_TEST_SUITE_P(Formats, ScratchLimit, ::testing::Values("7z", "aiff"),
                         [](const auto& format) { return format.param; });

}  // namespace
}  // namespace convert::test
