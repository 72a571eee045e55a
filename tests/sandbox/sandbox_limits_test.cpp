// SPDX-License-Identifier: MIT
// Conversions that exceed SandboxLimits: the error names the limit and the remedy, and the remedy works.
#include <cstring>

#include "sandbox/sandbox_fixtures.hpp"

namespace convert::test {
namespace {

/// Audio without end and of unknown size.
class EndlessAudio : public Reader {
 public:
  std::optional<std::uint64_t> size() const override { return {}; }
  bool seekable() const override { return false; }
  Result<std::size_t> read_at(std::uint64_t offset, std::span<std::byte> into) override {
    // The header comes once.
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
    const std::string unknown(4, '\xFF');  // in both size fields
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

void expect_limit(const Result<Report>& report, const std::string& text) {
  ASSERT_FALSE(report);
  const Error& error = report.error();
  EXPECT_EQ(error.code, Errc::limit_exceeded) << error.message;
  EXPECT_FALSE(error.retryable);
  EXPECT_NE(error.message.find(text), std::string::npos) << error.message;
}

TEST(SandboxLimits, LimitsMemory) {
#ifdef CONVERT_SANITIZED
  GTEST_SKIP() << "Sanitizers map terabytes: memory is not limited.";
#endif
  SandboxLimits limits;
  limits.memory_bytes = std::uint64_t{16} << 20;
  MemoryInput source(wav(1));
  expect_limit(convert(limits, *source.reader, "7z"), "more memory than the limit of 16777216 bytes");
  limits.memory_bytes = SandboxLimits().memory_bytes;
  const auto report = convert(limits, *source.reader, "7z");
  EXPECT_TRUE(report) << report.error().message;
}

TEST(SandboxLimits, LimitsProcessorTime) {
  SandboxLimits limits;
  limits.cpu_time = std::chrono::seconds(1);
  EndlessAudio endless;
  expect_limit(convert(limits, endless, "mp3"), "more processor time than the limit of 1 s");
}

class ScratchLimit : public ::testing::TestWithParam<const char*> {};

/// Formats that need a temporary file if the Writer cannot seek.
TEST_P(ScratchLimit, LimitsTemporaryFiles) {
  SandboxLimits limits;
  limits.temporary_bytes = std::uint64_t{1} << 20;
  EndlessAudio endless;
  expect_limit(convert(limits, endless, GetParam(), true),
               "temporary files of the conversion are larger than the limit of 1048576 bytes");
  limits.temporary_bytes = SandboxLimits().temporary_bytes;
  MemoryInput source(wav(10));  // twice as much as the limit
  const auto report = convert(limits, *source.reader, GetParam(), true);
  EXPECT_TRUE(report) << report.error().message;
}

INSTANTIATE_TEST_SUITE_P(Formats, ScratchLimit, ::testing::Values("7z", "aiff"),
                         [](const auto& format) { return format.param; });

}  // namespace
}  // namespace convert::test
