// SPDX-License-Identifier: MIT
// Expensive inputs, Readers and Writers that throw, and limits at the end of their range.
#include <climits>
#include <cstring>
#include <stdexcept>

#include "media/media_support.hpp"
#include "support/audio_samples.hpp"

namespace convert::test {
namespace {

std::vector<std::byte> wav(std::uint32_t rate, std::uint32_t frames) {
  std::vector<std::int16_t> samples(frames);
  for (std::uint32_t i = 0; i < frames; ++i) samples[i] = static_cast<std::int16_t>(i * 7919 & 0x7FFFU);
  const auto text = wave(rate, 1, samples);
  const auto all = std::as_bytes(std::span(text));
  return {all.begin(), all.end()};
}

Result<Report> convert_from(Reader& reader, const std::vector<std::string>& words,
                            const ConvertOptions& options = {}, std::unique_ptr<Writer> writer = {}) {
  std::vector<std::byte> out;
  const auto outputs = single_output(writer ? std::move(writer) : memory_writer(out));
  const Input input{&reader, "in"};
  return Library({.threads = 2}).convert(std::span(&input, 1), *outputs, spec_of(words), options);
}

/// A forward-only Reader that returns little at a time and reports its position.
class Trickle : public Reader {
 public:
  Trickle(std::vector<std::byte> bytes, std::size_t step) : bytes_(std::move(bytes)), step_(step) {}
  std::function<void(std::uint64_t)> at = [](std::uint64_t) {};
  std::optional<std::uint64_t> size() const override { return {}; }
  bool seekable() const override { return false; }
  Result<std::size_t> read_at(std::uint64_t offset, std::span<std::byte> into) override {
    at(offset);
    widest_ = std::max(widest_, into.size());
    const auto from = std::span(bytes_).subspan(static_cast<std::size_t>(offset));
    const std::size_t count = std::min({from.size(), into.size(), step_});
    if (count > 0) std::memcpy(into.data(), from.data(), count);
    return count;
  }
  std::size_t widest() const { return widest_; }

 private:
  std::vector<std::byte> bytes_;
  std::size_t step_;
  std::size_t widest_ = 0;
};

std::vector<std::byte> tagged(std::size_t tag) {
  std::vector<std::byte> bytes(tag + 10);
  std::memcpy(bytes.data(), "ID3\4\0\0", 6);
  for (unsigned i = 0; i < 4; ++i) bytes[6 + i] = std::byte(tag >> (7 * (3 - i)) & 0x7FU);
  const auto clip = wav(44'100, 1000);
  bytes.insert(bytes.end(), clip.begin(), clip.end());
  return bytes;
}

// Clearing the buffer for the whole tag before each small read would take quadratic time.
TEST(Hostile, ALargeTagFromAPipeIsReadInSmallSteps) {
  Trickle reader(tagged(8 << 20), 4096);
  EXPECT_TRUE(convert_from(reader, {"format=flac"}));
  EXPECT_LE(reader.widest(), std::size_t{1} << 20);
}

TEST(Hostile, ALargeTagCanBeCancelled) {
  Trickle reader(tagged(8 << 20), 65536);
  std::stop_source stop;
  std::uint64_t last = 0;
  reader.at = [&](std::uint64_t offset) {
    last = offset;
    if (offset > 1'000'000) stop.request_stop();
  };
  ConvertOptions options;
  options.stop = stop.get_token();
  const auto report = convert_from(reader, {"format=flac"}, options);
  ASSERT_FALSE(report);
  expect_error(report.error(), Errc::cancelled);
  EXPECT_LT(last, std::uint64_t{2'000'000});
}

TEST(Hostile, ARangeWithoutSamplesIsRejected) {
  for (const std::vector<std::string>& words :
       {std::vector<std::string>{"format=mp3"}, {"format=mp3", "loudness=-16"}, {"format=wav", "start=1"}}) {
    const auto reader = memory_reader(wav(44'100, 100'000));
    OutputSpec spec = spec_of(words);
    spec.end = spec.start.value_or(std::chrono::nanoseconds(0)) + std::chrono::nanoseconds(1);
    std::vector<std::byte> out;
    const auto outputs = single_output(memory_writer(out));
    const Input input{reader.get(), "in"};
    const auto report = Library().convert(std::span(&input, 1), *outputs, spec);
    ASSERT_FALSE(report);
    expect_error(report.error(), Errc::invalid_argument);
    EXPECT_THAT(report.error().message, testing::StartsWith("end: "));
  }
}

TEST(Hostile, AnAbsurdlyLowSampleRateIsRejected) {
  const auto reader = memory_reader(wav(1, 20'000));
  const auto report = convert_from(*reader, {"format=mp3"});
  ASSERT_FALSE(report);
  expect_error(report.error(), Errc::unsupported);
}

TEST(Hostile, ALowSampleRateIsConvertedInPieces) {
  const auto reader = memory_reader(wav(100, 20'000));
  const auto report = convert_from(*reader, {"format=mp3"});
  ASSERT_TRUE(report) << report.error().message;
  EXPECT_EQ(report->outputs.at(0).samples, 20'000 / 100 * report->outputs.at(0).sample_rate);
}

TEST(Hostile, TheMaximumLimitOfStreamsIsAccepted) {
  const auto reader = memory_reader(wav(44'100, 1000));
  ConvertOptions options;
  options.limits = Limits{};
  options.limits->streams = INT_MAX;
  EXPECT_TRUE(convert_from(*reader, {"format=flac"}, options));
}

class ThrowingReader : public Reader {
 public:
  explicit ThrowingReader(std::vector<std::byte> bytes) : bytes_(std::move(bytes)) {}
  std::optional<std::uint64_t> size() const override { return bytes_.size(); }
  bool seekable() const override { return true; }
  Result<std::size_t> read_at(std::uint64_t offset, std::span<std::byte> into) override {
    if (offset > bytes_.size() / 2) throw std::runtime_error("the cable is out");
    const auto from = std::span(bytes_).subspan(static_cast<std::size_t>(offset));
    const std::size_t count = std::min(from.size(), into.size());
    std::memcpy(into.data(), from.data(), count);
    return count;
  }

 private:
  std::vector<std::byte> bytes_;
};

class ThrowingWriter : public Writer {
 public:
  bool seekable() const override { return true; }
  Result<void> write_at(std::uint64_t offset, std::span<const std::byte>) override {
    if (offset > 100'000) throw std::runtime_error("the tape is torn");
    return {};
  }
  Result<void> commit() override { return {}; }
};

// An exception must not leave the threads that decode and write in the background.
TEST(Hostile, AThrowingReaderIsAnError) {
  ThrowingReader reader(wav(44'100, 1'000'000));
  const auto report = convert_from(reader, {"format=mp3"});
  ASSERT_FALSE(report);
  EXPECT_THAT(report.error().message, testing::HasSubstr("the cable is out"));
}

TEST(Hostile, AThrowingWriterIsAnError) {
  const auto reader = memory_reader(wav(44'100, 1'000'000));
  const auto report =
      convert_from(*reader, {"format=wav", "sample_rate=48k"}, {}, std::make_unique<ThrowingWriter>());
  ASSERT_FALSE(report);
  EXPECT_THAT(report.error().message, testing::HasSubstr("the tape is torn"));
}

// A callback must not throw. If it does, nothing may wait forever.
TEST(Hostile, AThrowingProgressCallbackEndsTheConversion) {
  const auto reader = memory_reader(wav(44'100, 4'000'000));
  ConvertOptions options;
  options.progress = [](const Progress& progress) {
    if (progress.position > std::chrono::seconds(3)) throw std::runtime_error("no screen");
  };
  EXPECT_FALSE(convert_from(*reader, {"format=mp3"}, options));
}

}  // namespace
}  // namespace convert::test
