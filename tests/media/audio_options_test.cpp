// SPDX-License-Identifier: MIT
// The effect of each audio option, measured on the result.
#include <fmt/format.h>

#include <cctype>
#include <cmath>

#include "media/media_support.hpp"

namespace convert::test {
namespace {

namespace fs = std::filesystem;

/// Makes a file with two seconds of formulas, one per channel, with ffmpeg.
fs::path formulas(const fs::path& file, const std::string& expressions, const std::string& layout,
                  const std::string& codec = "pcm_f32le") {
  const auto ran =
      run(fmt::format("ffmpeg -v error -f lavfi -i \"aevalsrc='{}':c={}:s=48000:d=2\" -c:a {} {}",
                      expressions, layout, codec, quoted(file)));
  EXPECT_EQ(ran.status, 0) << ran.output;
  return file;
}

TEST(Option, CodecMustBeOneOfTheContainer) {
  NEED_SAMPLE(music, "short.wav");
  const TemporaryFolder folder;
  const auto refused = convert(music, folder / "a.mp3", {"codec=aac"});
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error().message,
              testing::AllOf(testing::HasSubstr("codec"), testing::HasSubstr("mp3")));
}

// The check before the input is known (at submission) and the plan agree.
TEST(Option, ImpossibleValuesAreRejectedBeforeThePlanWithTheSameMessage) {
  NEED_SAMPLE(music, "short.wav");
  const Library library;
  for (const std::vector<std::string>& words :
       std::vector<std::vector<std::string>>{{"format=mp3", "bitrate=400000"},
                                             {"format=mp3", "sample_rate=96000", "bitrate=128k"},
                                             {"format=mp3", "channels=6", "bitrate=128k"},
                                             {"format=m4a", "codec=aac", "channels=7"},
                                             {"format=mka", "codec=flac", "bitrate=128k"},
                                             {"format=ogg", "codec=opus", "sample_rate=44100"},
                                             {"format=flac", "sample_format=s32"},
                                             {"format=mka", "codec=ac3", "quality=5"},
                                             {"format=m4a", "codec=alac", "level=3"}}) {
    const auto spec = spec_of(words);
    const auto valid = validate(spec, *find_format(library.formats(), spec.format));
    const auto planned = plan(music, words);
    ASSERT_FALSE(valid) << testing::PrintToString(words);
    ASSERT_FALSE(planned) << testing::PrintToString(words);
    EXPECT_EQ(valid.error().message, planned.error().message);
  }
}

TEST(Option, BitrateIsReached) {
  SKIP_WITHOUT_PROGRAMS("ffprobe");
  NEED_SAMPLE(music, "music.wav");
  const TemporaryFolder folder;
  const auto seconds = 441'309 / 44'100.0;
  for (const auto& [format, bitrate] : std::vector<std::pair<std::string, int>>{{"mp3", 128'000},
                                                                                {"mp3", 320'000},
                                                                                {"ac3", 256'000},
                                                                                {"wma", 128'000},
                                                                                {"opus", 96'000},
                                                                                {"aac", 128'000},
                                                                                {"m4a", 96'000},
                                                                                {"ogg", 128'000}}) {
    const auto out = folder / fmt::format("{}.{}", bitrate, format);
    converted(music, out, {fmt::format("bitrate={}", bitrate)});
    const double measured = static_cast<double>(fs::file_size(out)) * 8 / seconds;
    EXPECT_NEAR(measured, bitrate, 0.15 * bitrate) << format;
  }
}

TEST(Option, QualityGivesLargerAndBetterFiles) {
  SKIP_WITHOUT_PROGRAMS("ffmpeg");
  NEED_SAMPLE(music, "music.wav");
  const TemporaryFolder folder;
  const auto source = decode(music, "-ar 48000");
  for (const std::string format : {"mp3", "ogg", "opus", "aac", "m4a", "mka"}) {
    std::uintmax_t size = 0;
    double noise = -1000;
    for (const int quality : {1, 5, 9}) {
      const auto out = folder / fmt::format("{}.{}", quality, format);
      std::vector<std::string> words = {fmt::format("quality={}", quality)};
      if (format == "mka") words.emplace_back("codec=vorbis");
      const auto report = converted(music, out, words);
      EXPECT_GT(fs::file_size(out), size) << format << " at " << quality;
      const auto result = decode(out, "-ar 48000");
      const auto lead = report.outputs.at(0).leading_padding * 48'000 / report.outputs.at(0).sample_rate;
      const double now = snr(source, result.part(static_cast<std::size_t>(lead), source.frames()));
      // ADTS has its padding at 44.1 kHz, which is not a whole number of samples at 48 kHz.
      if (format != "aac") {
        EXPECT_GT(now, noise) << format << " at " << quality;
      }
      size = fs::file_size(out);
      noise = now;
    }
  }
}

TEST(Option, SampleRateIsConvertedCleanly) {
  SKIP_WITHOUT_PROGRAMS("ffmpeg");
  NEED_SAMPLE(music, "music.wav");
  const TemporaryFolder folder;
  for (const int rate : {22'050, 48'000, 96'000}) {
    const auto out = folder / fmt::format("{}.wav", rate);
    const auto report = converted(music, out, {fmt::format("sample_rate={}", rate)});
    EXPECT_EQ(report.outputs.at(0).sample_rate, rate);
    const auto result = decode(out);
    const auto other = decode(music, fmt::format("-ar {}", rate));
    EXPECT_EQ(result.rate, rate);
    EXPECT_NEAR(static_cast<double>(result.frames()), 441'309.0 * rate / 44'100, 1.01);
    EXPECT_GE(snr(other, result), 40) << rate;
  }
}

TEST(Option, UnsupportedSampleRateIsRejectedWithTheValidOnes) {
  NEED_SAMPLE(music, "short.wav");
  const TemporaryFolder folder;
  const auto refused = convert(music, folder / "a.mp3", {"sample_rate=96000"});
  ASSERT_FALSE(refused);
  expect_error(refused.error(), Errc::invalid_argument);
  EXPECT_THAT(refused.error().message,
              testing::AllOf(testing::HasSubstr("sample_rate"), testing::HasSubstr("48000")));
}

// ITU-R BS.775: L' = L + 0.7071 C + 0.7071 Ls. A common scale factor is allowed.
TEST(Downmix, HasTheCentreThreeDecibelsBelowTheSides) {
  SKIP_WITHOUT_PROGRAMS("ffmpeg");
  const TemporaryFolder folder;
  const std::string tone = "0.4*sin(2*PI*1000*t)";
  std::vector<AudioClip> results;
  for (const auto& channels :
       std::vector<std::string>{tone + "|0|0|0|0|0", "0|0|" + tone + "|0|0|0", "0|0|0|0|" + tone + "|0"}) {
    const auto from = formulas(folder / fmt::format("{}.wav", results.size()), channels, "5.1");
    converted(from, folder / "stereo.wav", {"channels=2"});
    results.push_back(decode(folder / "stereo.wav"));
    ASSERT_EQ(results.back().channels, 2U);
  }
  const double left = rms_db(results[0], 0);
  EXPECT_GT(left, -30);
  EXPECT_LT(rms_db(results[0], 1), left - 60) << "left stays left";
  EXPECT_NEAR(rms_db(results[1], 0), left - 3.01, 0.1) << "centre on the left";
  EXPECT_NEAR(rms_db(results[1], 1), left - 3.01, 0.1) << "centre on the right";
  EXPECT_NEAR(rms_db(results[2], 0), left - 3.01, 0.1) << "left surround";
  EXPECT_LT(rms_db(results[2], 1), left - 60);
}

TEST(Downmix, DoesNotClip) {
  SKIP_WITHOUT_PROGRAMS("ffmpeg");
  const TemporaryFolder folder;
  const std::string full = "0.99*sin(2*PI*440*t)";
  const auto from =
      formulas(folder / "full.wav", full + "|" + full + "|" + full + "|" + full + "|" + full + "|" + full,
               "5.1", "pcm_s16le");
  for (const std::string channels : {"2", "1"}) {
    const auto out = folder / (channels + ".wav");
    converted(from, out, {"channels=" + channels});
    const auto result = decode(out);
    // A clipped sine has a flat top: its average is nearer to its peak than 3 dB.
    EXPECT_LE(peak(result), 1.0);
    EXPECT_NEAR(20 * std::log10(peak(result)) - rms_db(result), 3.01, 0.1) << channels;
  }
}

TEST(Downmix, ToMonoIsTheMean) {
  SKIP_WITHOUT_PROGRAMS("ffmpeg");
  NEED_SAMPLE(music, "short.wav");
  const TemporaryFolder folder;
  converted(music, folder / "mono.wav", {"channels=1", "sample_format=f32"});
  const auto source = decode(music);
  const auto result = decode(folder / "mono.wav");
  AudioClip mean{source.rate, 1, {}};
  for (std::size_t i = 0; i < source.frames(); ++i)
    mean.samples.push_back((source.at(i, 0) + source.at(i, 1)) / 2);
  EXPECT_EQ(result.frames(), mean.frames());
  EXPECT_GE(snr(mean, result), 60);
}

TEST(Downmix, WarnsIfTheCodecRequiresIt) {
  SKIP_WITHOUT_PROGRAMS("ffmpeg");
  NEED_SAMPLE(surround, "surround.wav");
  const TemporaryFolder folder;
  for (const std::string file : {"a.mp3", "a.wma"}) {
    const auto report = converted(surround, folder / file);
    EXPECT_TRUE(warned(report.warnings, WarningCode::precision_lost)) << file;
    EXPECT_EQ(decode(folder / file).channels, 2U) << file;
  }
}

TEST(Option, SampleFormatSetsTheStoredFormat) {
  SKIP_WITHOUT_PROGRAMS("ffmpeg", "ffprobe");
  NEED_SAMPLE(studio, "studio.wav");
  const TemporaryFolder folder;
  const auto source = decode(studio);
  struct Case {
    std::string file, format, codec;
    double smallest;  // dB of signal to noise: only rounding remains
  };
  for (const auto& [file, format, codec, smallest] : std::vector<Case>{{"a.wav", "s16", "pcm_s16le", 60},
                                                                       {"a.wav", "s24", "pcm_s24le", 1000},
                                                                       {"a.wav", "f32", "pcm_f32le", 1000},
                                                                       {"a.aiff", "s16", "pcm_s16be", 60},
                                                                       {"a.aiff", "s32", "pcm_s32be", 1000},
                                                                       {"a.flac", "s16", "flac", 60},
                                                                       {"a.flac", "s24", "flac", 1000},
                                                                       {"a.m4a", "s24", "alac", 1000},
                                                                       {"a.mka", "f32", "pcm_f32le", 1000}}) {
    const auto out = folder / file;
    std::vector<std::string> words = {"sample_format=" + format};
    if (file == "a.m4a") words.emplace_back("codec=alac");
    if (file == "a.mka") words.emplace_back("codec=pcm");
    converted(studio, out, words);
    EXPECT_EQ(ffprobe(out).at("streams.stream.0.codec_name"), codec) << file << ' ' << format;
    EXPECT_GE(snr(source, decode(out)), smallest) << file << ' ' << format;
  }
}

TEST(Option, VolumeIsAFactor) {
  SKIP_WITHOUT_PROGRAMS("ffmpeg");
  NEED_SAMPLE(music, "short.wav");
  const TemporaryFolder folder;
  const auto source = decode(music);
  for (const auto& [text, decibels] :
       std::vector<std::pair<std::string, double>>{{"-6dB", -6}, {"0.5", -6.02}, {"-20dB", -20}}) {
    converted(music, folder / "a.wav", {"volume=" + text, "sample_format=f32"});
    const auto result = decode(folder / "a.wav");
    EXPECT_NEAR(rms_db(result) - rms_db(source), decibels, 0.02) << text;
    EXPECT_GE(correlation(source, result), 0.999999);
  }
}

TEST(Option, VolumeZeroIsSilence) {
  SKIP_WITHOUT_PROGRAMS("ffmpeg");
  NEED_SAMPLE(surround, "surround.wav");
  const TemporaryFolder folder;
  for (const std::string channels : {"1", "2", "6"}) {
    converted(surround, folder / "in.wav", {"channels=" + channels});
    for (const std::string out : {"2", "6"}) {
      converted(folder / "in.wav", folder / "out.wav", {"volume=0", "channels=" + out});
      EXPECT_EQ(peak(decode(folder / "out.wav")), 0) << channels << " to " << out;
    }
  }
}

TEST(Option, UnsupportedSampleRateOfTheSourceIsHalved) {
  SKIP_WITHOUT_PROGRAMS("ffmpeg", "ffprobe");
  NEED_SAMPLE(music, "short.wav");
  const TemporaryFolder folder;
  converted(music, folder / "in.wav", {"sample_rate=768000"});
  const auto report = converted(folder / "in.wav", folder / "out.flac");
  EXPECT_EQ(number(ffprobe(folder / "out.flac"), "streams.stream.0.sample_rate"), 384'000);
  EXPECT_TRUE(warned(report.warnings, WarningCode::precision_lost));
  converted(music, folder / "out.flac", {"sample_rate=655340"});
  EXPECT_FALSE(convert(music, folder / "out.flac", {"sample_rate=655350"}));
}

TEST(Option, LevelMakesFlacSmallerButNotDifferent) {
  SKIP_WITHOUT_PROGRAMS("ffmpeg");
  NEED_SAMPLE(music, "short.wav");
  const TemporaryFolder folder;
  converted(music, folder / "0.flac", {"level=0"});
  converted(music, folder / "12.flac", {"level=12"});
  EXPECT_LT(fs::file_size(folder / "12.flac"), fs::file_size(folder / "0.flac"));
  const auto source = decode(music);
  EXPECT_TRUE(decode(folder / "0.flac").samples == source.samples);
  EXPECT_TRUE(decode(folder / "12.flac").samples == source.samples);
}

TEST(Option, TrackChoosesAmongSeveral) {
  SKIP_WITHOUT_PROGRAMS("ffmpeg");
  NEED_SAMPLE(music, "short.wav");
  NEED_SAMPLE(phone, "phone.wav");
  const TemporaryFolder folder;
  const auto both = folder / "both.mka";
  ASSERT_EQ(run(fmt::format("ffmpeg -v error -i {} -i {} -map 0 -map 1 -c:a flac {}", quoted(music),
                            quoted(phone), quoted(both)))
                .status,
            0);
  const auto report = converted(both, folder / "first.wav");
  EXPECT_TRUE(warned(report.warnings, WarningCode::stream_dropped));
  EXPECT_TRUE(decode(folder / "first.wav").samples == decode(music).samples);
  EXPECT_FALSE(
      warned(converted(both, folder / "second.wav", {"track=1"}).warnings, WarningCode::stream_dropped));
  EXPECT_TRUE(decode(folder / "second.wav").samples == decode(phone).samples);
  const auto third = convert(both, folder / "third.wav", {"track=2"});
  ASSERT_FALSE(third);
  expect_error(third.error(), Errc::no_such_stream);
  EXPECT_THAT(third.error().message, testing::HasSubstr("0 to 1"));
}

// ---- Which channels the output has, and in which order.

TEST(Channels, SupportsEveryNumberOfTheCodec) {
  SKIP_WITHOUT_PROGRAMS("ffprobe");
  NEED_SAMPLE(music, "short.wav");
  const TemporaryFolder folder;
  for (const std::string format : {"opus", "ogg", "flac", "wav"}) {
    for (int channels = 1; channels <= 8; ++channels) {
      const auto out = folder / ("out." + format);
      converted(music, out, {fmt::format("channels={}", channels)});
      EXPECT_EQ(number(ffprobe(out), "streams.stream.0.channels"), channels) << format;
    }
  }
}

class Layouts : public testing::TestWithParam<std::string> {};

// FFmpeg's decoders of AC-3 and DTS return layouts that Opus, Vorbis and AAC cannot express.
TEST_P(Layouts, BecomeOnesThatAllPlayersSupport) {
  SKIP_WITHOUT_PROGRAMS("ffmpeg", "ffprobe");
  const TemporaryFolder folder;
  const auto source = folder / "in.wav";
  const auto made = run(fmt::format("ffmpeg -v error -f lavfi -i 'anullsrc=cl={}' -t 0.3 -c:a pcm_s16le {}",
                                    GetParam(), quoted(source)));
  ASSERT_EQ(made.status, 0) << made.output;
  const auto before = number(ffprobe(source), "streams.stream.0.channels");
  const std::vector<std::string> known{"3.0", "4.0", "quad", "5.0", "5.1", "6.1", "7.1"};
  for (const std::string format : {"opus", "ogg", "m4a"}) {
    const auto out = folder / ("out." + format);
    converted(source, out);
    const auto properties = ffprobe(out);
    EXPECT_THAT(known, testing::Contains(properties.at("streams.stream.0.channel_layout"))) << format;
    EXPECT_GE(number(properties, "streams.stream.0.channels"), before) << format;
  }
}

INSTANTIATE_TEST_SUITE_P(Others, Layouts,
                         testing::Values("2.1", "3.0(back)", "4.0", "quad(side)", "3.1", "5.0(side)", "4.1",
                                         "5.1(side)", "6.0", "hexagonal", "6.1(back)", "7.0", "7.1(wide)"),
                         [](const auto& layout) {
                           std::string name = layout.param;
                           for (char& c : name)
                             c = std::isalnum(static_cast<unsigned char>(c)) != 0 ? c : '_';
                           return name;
                         });

}  // namespace
}  // namespace convert::test
