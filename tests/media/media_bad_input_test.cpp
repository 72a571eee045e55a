// SPDX-License-Identifier: MIT
// Empty, random, truncated, mislabelled or absurd input: each has its error code and a helpful message.
#include <fmt/format.h>

#include <cstring>
#include <random>

#include "media/media_support.hpp"

namespace convert::test {
namespace {

namespace fs = std::filesystem;

/// Converts a file with that content. A failure must leave no output.
Result<Report> convert_content(const std::string& content, const std::string& name,
                               const std::string& to = "out.wav") {
  const TemporaryFolder folder;
  write_file(folder / name, content);
  auto report = convert(folder / name, folder / to);
  if (!report) {
    EXPECT_THAT(folder.names(), testing::UnorderedElementsAre(name))
        << "a failed conversion leaves no output";
  }
  return report;
}

void expect_refused(const std::string& content, const std::string& name, Errc code) {
  const auto report = convert_content(content, name);
  ASSERT_FALSE(report) << name;
  expect_error(report.error(), code);
  EXPECT_THAT(report.error().message, testing::HasSubstr(name));
}

TEST(BadInput, RejectsAnEmptyFile) {
  expect_refused("", "song.mp3", Errc::empty_input);
  expect_refused("", "song", Errc::empty_input);
}

TEST(BadInput, RejectsRandomBytes) {
  for (unsigned seed = 1; seed <= 20; ++seed) {
    std::mt19937 random(seed);
    std::string noise(50'000, '\0');
    for (char& c : noise) c = static_cast<char>(random());
    expect_refused(noise, seed % 2 == 0 ? "noise.mp3" : "noise.bin", Errc::unrecognized_input);
  }
}

TEST(BadInput, RejectsZeros) {
  expect_refused(std::string(100'000, '\0'), "zeros.wav", Errc::unrecognized_input);
}

TEST(BadInput, RejectsPlainText) {
  std::string text;
  for (int i = 0; i < 2000; ++i) text += fmt::format("Line {} of a letter that holds no music.\n", i);
  expect_refused(text, "letter.mp3", Errc::unrecognized_input);
}

TEST(BadInput, RejectsAFileWithoutAudio) {
  NEED_SAMPLE(video, "vtest.avi");
  expect_refused(read_file(video), "vtest.avi", Errc::no_such_stream);
}

TEST(BadInput, RejectsAnArchiveThatContainsAudio) {
  SKIP_WITHOUT_PROGRAMS("ffmpeg", "zip");
  NEED_SAMPLE(music, "short.wav");
  const TemporaryFolder folder;
  const auto made =
      run(fmt::format("cd {} && ffmpeg -v error -i {} song.mp3 </dev/null && zip -q -0 songs.zip song.mp3",
                      quoted(folder.path()), quoted(music)));
  ASSERT_EQ(made.status, 0) << made.output;
  const auto report = convert(folder / "songs.zip", folder / "out.wav");
  ASSERT_FALSE(report);
  expect_error(report.error(), Errc::unrecognized_input);
  EXPECT_THAT(report.error().message,
              testing::AllOf(testing::HasSubstr("is a ZIP archive"), testing::HasSubstr("entry=NAME")));
  EXPECT_FALSE(plan(folder / "songs.zip", {"format=wav"}));
  EXPECT_TRUE(convert(folder / "songs.zip", folder / "out.wav", {"entry=song.mp3"}));
}

TEST(BadInput, ConvertsAFileWithAWrongExtensionWithAWarning) {
  SKIP_WITHOUT_PROGRAMS("ffmpeg");
  NEED_SAMPLE(music, "short.wav");
  const TemporaryFolder folder;
  fs::copy(music, folder / "song.mp3");
  const auto report = converted(folder / "song.mp3", folder / "out.flac");
  EXPECT_TRUE(warned(report.warnings, WarningCode::name_mismatch));
  EXPECT_TRUE(decode(folder / "out.flac").samples == decode(music).samples);
}

class Truncated : public testing::TestWithParam<std::string> {};

TEST_P(Truncated, ConvertsTheRestWithAWarning) {
  SKIP_WITHOUT_PROGRAMS("ffmpeg");
  NEED_SAMPLE(music, "music.wav");
  const TemporaryFolder folder;
  const auto whole = folder / ("whole." + GetParam());
  // An MP4 with a trailing index has nothing decodable left; one with a leading index has.
  if (GetParam() == "m4a") {
    ASSERT_EQ(run("ffmpeg -v error -i " + quoted(music) + " -movflags faststart " + quoted(whole)).status, 0);
  } else {
    converted(music, whole);
  }
  const auto content = read_file(whole);
  const auto half = folder / ("half." + GetParam());
  write_file(half, content.substr(0, content.size() / 2));
  const auto report = converted(half, folder / "out.wav");
  const auto result = decode(folder / "out.wav");
  const auto source = decode(music, fmt::format("-ar {}", result.rate));
  EXPECT_GT(result.frames(), source.frames() * 35 / 100);
  EXPECT_LT(result.frames(), source.frames() * 65 / 100);
  // AC-3 declares no length, and FFmpeg's parser drops an incomplete last frame: the truncation is not
  // detectable.
  if (GetParam() != "ac3") {
    EXPECT_TRUE(warned(report.warnings, WarningCode::truncated) ||
                warned(report.warnings, WarningCode::damaged))
        << all_messages(report.warnings);
  }
  const auto begin = decode(folder / "out.wav").part(0, source.frames() / 3);
  const long late = lag(source.part(0, source.frames() / 3), begin);
  EXPECT_GE(late, 0);
  EXPECT_LE(late, 2048);
}

INSTANTIATE_TEST_SUITE_P(Formats, Truncated,
                         testing::Values("mp3", "aac", "m4a", "ogg", "opus", "flac", "wav", "aiff", "wma",
                                         "ac3", "mka"),
                         [](const auto& format) { return format.param; });

class TruncatedVideo : public testing::TestWithParam<std::string> {};

TEST_P(TruncatedVideo, DiffersFromOneWithShorterAudio) {
  SKIP_WITHOUT_PROGRAMS("ffmpeg");
  NEED_SAMPLE(music, "short.wav");
  const TemporaryFolder folder;
  const auto whole = folder / ("whole." + GetParam());
  const auto codecs = GetParam() == "webm" ? "-c:v libvpx -c:a libopus" : "-c:v mpeg4 -c:a libmp3lame";
  const auto made = run(fmt::format("ffmpeg -v error -f lavfi -i testsrc=d=6:s=64x64:r=10 -i {} {} {}",
                                    quoted(music), codecs, quoted(whole)));
  ASSERT_EQ(made.status, 0) << made.output;
  EXPECT_FALSE(warned(converted(whole, folder / "out.flac").warnings, WarningCode::truncated));
  const auto content = read_file(whole);
  const auto cut = folder / ("cut." + GetParam());
  write_file(cut, content.substr(0, content.size() * 3 / 10));
  const auto report = converted(cut, folder / "out.flac");
  EXPECT_TRUE(warned(report.warnings, WarningCode::truncated)) << all_messages(report.warnings);
}

INSTANTIATE_TEST_SUITE_P(Formats, TruncatedVideo, testing::Values("mkv", "webm", "avi"),
                         [](const auto& format) { return format.param; });

class TruncatedInTheHeader : public testing::TestWithParam<std::string> {};

TEST_P(TruncatedInTheHeader, IsAnError) {
  NEED_SAMPLE(music, "short.wav");
  const TemporaryFolder folder;
  const auto whole = folder / ("whole." + GetParam());
  converted(music, whole);
  const auto head = read_file(whole).substr(0, 30);
  const auto report = convert_content(head, "head." + GetParam());
  ASSERT_FALSE(report);
  EXPECT_THAT(report.error().code,
              testing::AnyOf(Errc::truncated_input, Errc::corrupt_input, Errc::unrecognized_input))
      << report.error().message;
  expect_error(report.error(), report.error().code);
}

INSTANTIATE_TEST_SUITE_P(Formats, TruncatedInTheHeader,
                         testing::Values("mp3", "m4a", "ogg", "opus", "flac", "wav", "aiff", "wma", "mka"),
                         [](const auto& format) { return format.param; });

TEST(BadInput, RejectsAMovieWithoutItsIndex) {
  SKIP_WITHOUT_PROGRAMS("ffmpeg");
  NEED_SAMPLE(music, "short.wav");
  const TemporaryFolder folder;
  const auto whole = folder / "whole.m4a";
  ASSERT_EQ(run("ffmpeg -v error -i " + quoted(music) + " " + quoted(whole)).status, 0);
  const auto content = read_file(whole);
  expect_refused(content.substr(0, content.size() / 2), "half.m4a", Errc::truncated_input);
}

/// A WAV header with a few seconds of noise after it.
std::string wav(std::uint32_t rate, std::uint16_t channels, std::uint32_t data_size) {
  std::string file = "RIFF\xFF\xFF\xFF\x7FWAVEfmt ";
  const auto put = [&](auto value) { file.append(reinterpret_cast<const char*>(&value), sizeof(value)); };
  put(std::uint32_t{16});
  put(std::uint16_t{1});
  put(channels);
  put(rate);
  put(static_cast<std::uint32_t>(rate * channels * 2U));
  put(static_cast<std::uint16_t>(channels * 2U));
  put(std::uint16_t{16});
  file += "data";
  put(data_size);
  std::mt19937 random(7);
  for (int i = 0; i < 40'000; ++i) put(static_cast<std::uint16_t>(random()));
  return file;
}

TEST(AbsurdHeader, ValidControlFileIsAccepted) {
  const auto sane = convert_content(wav(44'100, 2, 80'000), "sane.wav", "out.flac");
  EXPECT_TRUE(sane) << sane.error().message;
}

TEST(AbsurdHeader, SampleRateIsRejected) {
  const auto high = convert_content(wav(4'000'000, 2, 80'000), "high.wav", "out.flac");
  ASSERT_FALSE(high);
  expect_error(high.error(), Errc::limit_exceeded);
  EXPECT_THAT(high.error().message,
              testing::AllOf(testing::HasSubstr("sample rate"), testing::HasSubstr("4000000")));
  const auto none = convert_content(wav(0, 2, 80'000), "none.wav", "out.flac");
  ASSERT_FALSE(none);
  EXPECT_THAT(none.error().code, testing::AnyOf(Errc::corrupt_input, Errc::truncated_input))
      << none.error().message;
  const auto negative = convert_content(wav(0xFFFFFFFFU, 2, 80'000), "negative.wav", "out.flac");
  ASSERT_FALSE(negative);
  EXPECT_THAT(negative.error().code,
              testing::AnyOf(Errc::corrupt_input, Errc::truncated_input, Errc::limit_exceeded))
      << negative.error().message;
}

TEST(AbsurdHeader, ChannelsAreRejected) {
  const auto many = convert_content(wav(44'100, 5000, 80'000), "many.wav", "out.flac");
  ASSERT_FALSE(many);
  expect_error(many.error(), Errc::limit_exceeded);
  EXPECT_THAT(many.error().message,
              testing::AllOf(testing::HasSubstr("channels"), testing::HasSubstr("5000")));
  const auto none = convert_content(wav(44'100, 0, 80'000), "none.wav", "out.flac");
  ASSERT_FALSE(none);
  EXPECT_THAT(none.error().code, testing::AnyOf(Errc::corrupt_input, Errc::truncated_input))
      << none.error().message;
}

TEST(AbsurdHeader, SizeOfTheAudioIsIgnored) {
  SKIP_WITHOUT_PROGRAMS("ffmpeg");
  const TemporaryFolder folder;
  write_file(folder / "big.wav", wav(44'100, 2, 0x7FFFFFF0U));
  const auto report = converted(folder / "big.wav", folder / "out.flac");
  EXPECT_TRUE(warned(report.warnings, WarningCode::truncated)) << all_messages(report.warnings);
  EXPECT_EQ(decode(folder / "out.flac").frames(), 20'000U);
}

TEST(BadOption, NamesTheFieldAndLeavesNoOutput) {
  NEED_SAMPLE(music, "short.wav");
  const TemporaryFolder folder;
  for (const std::string word :
       {"channels=8", "bitrate=5000000", "level=5", "sample_format=s24", "codec=flac"}) {
    const auto refused = convert(music, folder / "a.mp3", {word});
    ASSERT_FALSE(refused) << word;
    EXPECT_THAT(refused.error().message, testing::HasSubstr(word.substr(0, word.find('='))));
    EXPECT_TRUE(folder.names().empty()) << word;
  }
}

}  // namespace
}  // namespace convert::test
