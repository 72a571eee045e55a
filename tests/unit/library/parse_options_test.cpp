// SPDX-License-Identifier: MIT
// OutputSpec from words NAME=VALUE.
#include <chrono>
#include <cmath>
#include <string>
#include <vector>

#include <gmock/gmock.h>

#include <convert/output_spec.hpp>

namespace convert {
namespace {

using namespace std::chrono_literals;
using std::string_view;
using testing::HasSubstr;

OutputSpec parsed(const std::string& word) {
  const auto spec = parse_options(std::vector<std::string>{word});
  EXPECT_TRUE(spec) << word << ": " << (spec ? "" : spec.error().message);
  return spec.value_or(OutputSpec{});
}

/// The message of the error of `set_option`. Expects that the spec stays unchanged.
std::string refusal(string_view name, string_view value, Errc code = Errc::invalid_argument) {
  OutputSpec spec;
  spec.audio_bitrate = 64'000;
  const auto before = spec;
  const auto result = set_option(spec, name, value);
  EXPECT_EQ(spec, before);
  if (result) return "accepted";
  EXPECT_EQ(result.error().code, code) << result.error().message;
  return result.error().message;
}

TEST(ParseOptions, ParsesBitRates) {
  EXPECT_EQ(parsed("bitrate=192000").audio_bitrate, 192'000);
  EXPECT_EQ(parsed("bitrate=192k").audio_bitrate, 192'000);
  EXPECT_EQ(parsed("bitrate=192K").audio_bitrate, 192'000);
  EXPECT_EQ(parsed("bitrate=1.5M").audio_bitrate, 1'500'000);
  EXPECT_EQ(parsed("bitrate=6000").audio_bitrate, 6'000);
  EXPECT_EQ(parsed("bitrate=5M").audio_bitrate, 5'000'000);
  EXPECT_EQ(refusal("bitrate", "12x"),
            "audio_bitrate must be 6000 to 5000000 bits per second, such as 192k, not \"12x\".");
  for (const auto text : {"",       " ",     "k",     "5999",    "5000001",
                          "192kk",  "192k ", " 192k", "1.2345k", "-192k",
                          "+192k",  "nan",   "inf",   "0x1000",  "99999999999999999999",
                          "1e999",  "1e99",  "192.",  ".",       "--6000",
                          "192,000"}) {
    EXPECT_THAT(refusal("bitrate", text), HasSubstr("audio_bitrate must be ")) << text;
  }
}

TEST(ParseOptions, ParsesSampleRatesAndChannels) {
  EXPECT_EQ(parsed("sample_rate=44100").sample_rate, 44'100);
  EXPECT_EQ(parsed("sample_rate=44.1k").sample_rate, 44'100);
  EXPECT_EQ(parsed("sample_rate=48k").sample_rate, 48'000);
  EXPECT_EQ(parsed("channels=mono").channels, 1);
  EXPECT_EQ(parsed("channels=Stereo").channels, 2);
  EXPECT_EQ(parsed("channels=5.1").channels, 6);
  EXPECT_EQ(parsed("channels=7.1").channels, 8);
  EXPECT_EQ(parsed("channels=8").channels, 8);
  EXPECT_THAT(refusal("channels", "5.2"), HasSubstr("1 to 8, mono"));
  EXPECT_THAT(refusal("channels", "0"), HasSubstr("channels must be 1 to 8"));
  EXPECT_THAT(refusal("sample_rate", "44100.5"), HasSubstr("8000 to 768000"));
  EXPECT_THAT(refusal("sample_rate", "4294967296"), HasSubstr("8000 to 768000"));
}

TEST(ParseOptions, ParsesTimes) {
  EXPECT_EQ(parsed("end=62.5").end, 62'500ms);
  EXPECT_EQ(parsed("end=62.5s").end, 62'500ms);
  EXPECT_EQ(parsed("end=62.5 s").end, 62'500ms);
  EXPECT_EQ(parsed("end=500ms").end, 500ms);
  EXPECT_EQ(parsed("end=0.5ms").end, 500us);
  EXPECT_EQ(parsed("end=1:02.5").end, 62'500ms);
  EXPECT_EQ(parsed("end=1:02:03.25").end, 3'723'250ms);
  EXPECT_EQ(parsed("end=90:00").end, 90min);
  EXPECT_EQ(parsed("end=0:00.000000001").end, 1ns);
  EXPECT_EQ(parsed("end=10000:00:00").end, 10'000h);
  EXPECT_EQ(parsed("end=1.0000000006").end, 1'000'000'001ns) << "to the nearest nanosecond";
  EXPECT_EQ(parsed("end=0.9999999999").end, 1s);
  EXPECT_EQ(parsed("start=0").start, 0ns);
  for (const auto text : {"",
                          "-1",
                          "-0:01",
                          "1:60",
                          "1:60:00",
                          "1:2:3:4",
                          ":30",
                          "1:",
                          "1:-2",
                          "1:+2",
                          "1:1e1",
                          "1e1:0",
                          "1:02.5s",
                          "1:59.9999999999",
                          "10001:00:00",
                          "9999999:00",
                          "1e300",
                          "s",
                          "ms",
                          "500 m",
                          "nan",
                          "99999999999999999999"}) {
    EXPECT_THAT(refusal("end", text), HasSubstr("end must be ")) << text;
  }
}

TEST(ParseOptions, ParsesVolumeLoudnessAndPeak) {
  EXPECT_DOUBLE_EQ(*parsed("volume=0.5").volume, 0.5);
  EXPECT_NEAR(*parsed("volume=-6dB").volume, 0.501187, 1e-6);
  EXPECT_NEAR(*parsed("volume=-6 dB").volume, 0.501187, 1e-6);
  EXPECT_NEAR(*parsed("volume=+6DB").volume, 1.995262, 1e-6);
  EXPECT_DOUBLE_EQ(*parsed("volume=0").volume, 0);
  EXPECT_DOUBLE_EQ(*parsed("loudness=-16").loudness, -16);
  EXPECT_DOUBLE_EQ(*parsed("loudness=-16 LUFS").loudness, -16);
  for (const auto text :
       {"64.1", "-1", "37dB", "nan", "inf", "-inf dB", "nandB", "dB", "1e400", "0.5x", "+-1", "++1"}) {
    EXPECT_THAT(refusal("volume", text), HasSubstr("0 to 64, as a factor or in dB")) << text;
  }
  EXPECT_THAT(refusal("loudness", "-4.9"), HasSubstr("-70 to -5 (LUFS)"));
  EXPECT_THAT(refusal("true_peak", "0.1"), HasSubstr("-9 to 0 (dBTP)"));
}

TEST(ParseOptions, ParsesNames) {
  EXPECT_EQ(parsed("codec=AAC").audio_codec, "aac");
  EXPECT_EQ(parsed("format=.MP3").format, ".MP3");
  EXPECT_EQ(parsed("sample_format=F32").sample_format, SampleFormat::f32);
  EXPECT_EQ(parsed("metadata=strip").metadata, MetadataPolicy::strip);
  EXPECT_THAT(refusal("sample_format", "s8"), HasSubstr("s16, s24, s32 or f32"));
  EXPECT_THAT(refusal("metadata", "drop"), HasSubstr("keep, replace or strip"));
  EXPECT_THAT(refusal("codec", "a b"), HasSubstr("audio_codec must be "));
  EXPECT_THAT(refusal("codec", ""), HasSubstr("audio_codec must be "));
  EXPECT_THAT(refusal("format", "mp3/../x"), HasSubstr("format must be "));
  EXPECT_THAT(refusal("codec", string_view("aac\0", 4)), HasSubstr("\"aac?\""));
}

TEST(ParseOptions, ParsesTags) {
  EXPECT_EQ(parsed("tags.Title=a=b").tags.at("title"), "a=b");
  EXPECT_EQ(parsed("tags.artist=").tags.at("artist"), "");
  EXPECT_THAT(refusal("tags", "x"), HasSubstr("tags.title=Song"));
  EXPECT_THAT(refusal("tags.", "x"), HasSubstr("needs a name"));
  EXPECT_THAT(refusal("tags.title", "\x01"), HasSubstr("tags.title must be "));
  OutputSpec spec;
  for (int i = 0; i < 256; ++i) ASSERT_TRUE(set_option(spec, "tags." + std::to_string(i), "x"));
  EXPECT_FALSE(set_option(spec, "tags.more", "x"));
  EXPECT_TRUE(set_option(spec, "tags.7", "y")) << "an existing tag can be changed";
}

TEST(ParseOptions, SuggestsSimilarNamesForUnknownOnes) {
  EXPECT_EQ(refusal("bitrte", "1", Errc::unsupported),
            "Unknown option \"bitrte\". Did you mean \"audio_bitrate\"?");
  EXPECT_THAT(refusal("Bitrate", "1", Errc::unsupported), HasSubstr("Did you mean \"audio_bitrate\"?"));
  EXPECT_THAT(refusal("samplerate", "1", Errc::unsupported), HasSubstr("Did you mean \"sample_rate\"?"));
  EXPECT_THAT(refusal("rate", "1", Errc::unsupported), HasSubstr("\"audio_bitrate\" or \"sample_rate\""));
  EXPECT_THAT(refusal("title", "1", Errc::unsupported), HasSubstr("Did you mean \"tags.title\"?"));
  EXPECT_THAT(refusal("resolution", "1", Errc::unsupported),
              HasSubstr("The options: format, audio_codec, audio_bitrate,"));
  EXPECT_THAT(refusal("", "1", Errc::unsupported), HasSubstr("Unknown option \"\""));
  EXPECT_THAT(refusal(std::string(10'000, 'x'), "1", Errc::unsupported), HasSubstr("xxx...\"."));
}

TEST(ParseOptions, AcceptsLongAndShortNames) {
  EXPECT_EQ(parsed("audio_codec=aac"), parsed("codec=aac"));
  EXPECT_EQ(parsed("audio_bitrate=96k"), parsed("bitrate=96k"));
  EXPECT_EQ(parsed("audio_quality=3"), parsed("quality=3"));
  EXPECT_EQ(parsed("audio_track=1"), parsed("track=1"));
  EXPECT_EQ(parsed("audio_track=1").audio_track, 1);
}

TEST(ParseOptions, ParsesWords) {
  const auto no_value = parse_options(std::vector<std::string>{"stereo"});
  ASSERT_FALSE(no_value);
  EXPECT_EQ(no_value.error().message,
            "\"stereo\" is not an option: write name=value, such as audio_bitrate=192k.");
  EXPECT_EQ(*parse_options(std::vector<std::string>{}), OutputSpec{});
  EXPECT_EQ(parse_options(std::vector<std::string>{"level=1", "level=2"})->level, 2) << "the last value wins";
  EXPECT_FALSE(parse_options(std::vector<std::string>{"bitrate=128k", "quality=5"}));
}

}  // namespace
}  // namespace convert
