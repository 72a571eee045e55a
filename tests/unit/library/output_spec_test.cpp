// SPDX-License-Identifier: MIT
// OutputSpec as JSON, and its validation alone and against a format.
#include <array>
#include <chrono>
#include <cmath>
#include <limits>
#include <random>
#include <string>
#include <vector>

#include <gmock/gmock.h>

#include <convert/output_spec.hpp>

namespace convert {
namespace {

using namespace std::chrono_literals;
using std::string_view;
using testing::AllOf;
using testing::HasSubstr;

void expect_refused(const Result<OutputSpec>& result, Errc code, string_view part) {
  ASSERT_FALSE(result) << "accepted: " << to_json(*result);
  EXPECT_EQ(result.error().code, code) << result.error().message;
  EXPECT_THAT(result.error().message, HasSubstr(part));
}

// --- JSON ----------------------------------------------------------------------------------------

TEST(ParseSpec, ReadsEveryField) {
  const auto spec =
      parse_spec(R"({ "format": "m4a", "codec": "AAC", "bitrate": 192000, "sample_rate": "44.1k",
      "channels": "stereo", "sample_format": "s24", "start": 1.5, "end": "1:02.5", "loudness": -16,
      "true_peak": "-1 dBTP", "track": 2, "metadata": "replace", "tags": {"Title": "A song", "artist": "Zoë"},
      "level": 5, "entry": "a/b.txt"})");
  ASSERT_TRUE(spec) << spec.error().message;
  OutputSpec expected;
  expected.format = "m4a";
  expected.audio_codec = "aac";
  expected.audio_bitrate = 192'000;
  expected.sample_rate = 44'100;
  expected.channels = 2;
  expected.sample_format = SampleFormat::s24;
  expected.start = 1500ms;
  expected.end = 62'500ms;
  expected.loudness = -16;
  expected.true_peak = -1;
  expected.audio_track = 2;
  expected.metadata = MetadataPolicy::replace;
  expected.tags = {{"title", "A song"}, {"artist", "Zoë"}};
  expected.level = 5;
  expected.entry = "a/b.txt";
  EXPECT_EQ(*spec, expected);
  EXPECT_EQ(to_json(*spec),
            R"({"format":"m4a","codec":"aac","bitrate":192000,"sample_rate":44100,"channels":2,)"
            R"("sample_format":"s24","start":1.5,"end":62.5,"loudness":-16,"true_peak":-1,"track":2,)"
            R"("metadata":"replace","tags":{"artist":"Zoë","title":"A song"},"level":5,"entry":"a/b.txt"})");
}

TEST(ParseSpec, OmitsDefaults) {
  EXPECT_EQ(to_json(OutputSpec{}), "{}");
  EXPECT_EQ(*parse_spec("{}"), OutputSpec{});
  EXPECT_EQ(*parse_spec(" \n{\"tags\" : {} }\n"), OutputSpec{});
}

TEST(ParseSpec, ParsesNumbersExactly) {
  EXPECT_EQ(*parse_spec(R"({"end":9007199.254740993})")->end, 9007199254740993ns);
  EXPECT_EQ(*parse_spec(R"({"end":0.000000001})")->end, 1ns);
  EXPECT_EQ(*parse_spec(R"({"end":1e-9})")->end, 1ns);
  EXPECT_EQ(*parse_spec(R"({"end":0.30000000000000004})")->end, 300ms);
  EXPECT_EQ(*parse_spec(R"({"bitrate":1.92e5})")->audio_bitrate, 192'000);
  EXPECT_EQ(*parse_spec(R"({"sample_rate":44100.0})")->sample_rate, 44'100);
}

TEST(ParseSpec, DecodesEscapes) {
  EXPECT_EQ(parse_spec(R"({"tags":{"title":"a\"b\\c\nd\u00e9\ud83d\ude00"}})")->tags.at("title"),
            "a\"b\\c\nd\xC3\xA9\xF0\x9F\x98\x80");
}

TEST(ParseSpec, RejectsInvalidJsonWithItsPosition) {
  expect_refused(parse_spec(""), Errc::invalid_argument, "unexpected end");
  expect_refused(parse_spec("{\"format\":\"mp3\""), Errc::invalid_argument, "unexpected end");
  expect_refused(parse_spec("{\"format\":\"mp3\",\n  \"bitrate\":x}"), Errc::invalid_argument,
                 "line 2, column 13");
  expect_refused(parse_spec("{} {}"), Errc::invalid_argument, "unexpected text after");
  expect_refused(parse_spec("{\"format\":\"mp3\",}"), Errc::invalid_argument, "line 1, column 17");
  expect_refused(parse_spec("{/* a comment */}"), Errc::invalid_argument, "line 1");
  expect_refused(parse_spec("{\"entry\":\"a\xFF\"}"), Errc::invalid_argument, "UTF-8");
  expect_refused(parse_spec(R"({"entry":"\ud800"})"), Errc::invalid_argument, "line 1");
}

TEST(ParseSpec, RejectsOtherTypes) {
  for (const auto text : {"1", "\"mp3\""}) {
    expect_refused(parse_spec(text), Errc::invalid_argument, "expected an object");
  }
  for (const auto text : {"[]", "null", "true"}) {
    expect_refused(parse_spec(text), Errc::invalid_argument, "not allowed");
  }
  expect_refused(parse_spec(R"({"bitrate":null})"), Errc::invalid_argument, "\"bitrate\": null");
  expect_refused(parse_spec(R"({"bitrate":true})"), Errc::invalid_argument, "\"bitrate\": true");
  expect_refused(parse_spec(R"({"bitrate":[1]})"), Errc::invalid_argument, "\"bitrate\": a list");
  expect_refused(parse_spec(R"({"bitrate":{"k":1}})"), Errc::invalid_argument,
                 "audio_bitrate must not be an object");
  expect_refused(parse_spec(R"({"codec":7})"), Errc::invalid_argument, "audio_codec must not be a number");
  expect_refused(parse_spec(R"({"tags":"x"})"), Errc::invalid_argument, "tags must not be a text");
  expect_refused(parse_spec(R"({"tags":{"track":3}})"), Errc::invalid_argument, "\"tags.track\"");
  expect_refused(parse_spec(R"({"tags":{"a":{"b":"c"}}})"), Errc::invalid_argument, "deeper than two");
}

TEST(ParseSpec, RejectsDuplicates) {
  expect_refused(parse_spec(R"({"level":1,"level":1})"), Errc::invalid_argument, "\"level\" twice");
  expect_refused(parse_spec(R"({"tags":{"a":"1","A":"2"}})"), Errc::invalid_argument, "twice");
  expect_refused(parse_spec(R"({"tags":{"a":"1"},"tags":{"b":"2"}})"), Errc::invalid_argument,
                 "\"tags\" twice");
  expect_refused(parse_spec(R"({"tags":{"a":"1"},"tags.a":"2"})"), Errc::invalid_argument,
                 "\"tags.a\" twice");
}

TEST(ParseSpec, AcceptsLongAndStoredNames) {
  OutputSpec expected;
  expected.audio_codec = "aac";
  expected.audio_bitrate = 128'000;
  expected.audio_track = 1;
  EXPECT_EQ(*parse_spec(R"({"audio_codec":"aac","audio_bitrate":128000,"audio_track":1})"), expected);
  EXPECT_EQ(*parse_spec(R"({"codec":"aac","bitrate":128000,"track":1})"), expected);
  EXPECT_EQ(parse_spec(R"({"audio_quality":3})")->audio_quality, 3);
  EXPECT_EQ(parse_spec(R"({"quality":3})")->audio_quality, 3);
}

TEST(ParseSpec, RejectsBothNamesOfAnOption) {
  expect_refused(parse_spec(R"({"codec":"aac","audio_codec":"aac"})"), Errc::invalid_argument, "twice");
}

TEST(ParseSpec, WritesTheStoredNames) {
  EXPECT_EQ(to_json(*parse_spec(R"({"audio_codec":"aac","audio_quality":3,"audio_track":1})")),
            R"({"codec":"aac","quality":3,"track":1})");
}

TEST(ParseSpec, LimitsTheSize) {
  const auto of_size = [](std::size_t size) { return "{}" + std::string(size - 2, ' '); };
  EXPECT_TRUE(parse_spec(of_size(65536)));
  expect_refused(parse_spec(of_size(65537)), Errc::invalid_argument, "65536");
  expect_refused(parse_spec(std::string(60'000, '[')), Errc::invalid_argument, "not allowed");
  expect_refused(parse_spec("{\"" + std::string(60'000, 'k') + "\":1}"), Errc::invalid_argument, "4096");
}

TEST(ParseSpec, RejectsUnknownOptions) {
  expect_refused(parse_spec(R"({"bitrte":1})"), Errc::unsupported,
                 "Unknown option \"bitrte\". Did you mean \"audio_bitrate\"?");
}

// --- Round trips ---------------------------------------------------------------------------------

class RandomSpec {
 public:
  explicit RandomSpec(unsigned seed) : random_(seed) {}

  OutputSpec next() {
    OutputSpec spec;
    spec.format = text({"", "mp3", ".MP3", "tar.gz", "m4a"});
    spec.audio_codec = text({"", "aac", "copy", "pcm_s16le"});
    if (coin()) spec.audio_bitrate = between(6'000, 5'000'000);
    if (coin()) spec.audio_quality = real(0, 10);
    if (coin()) spec.sample_rate = static_cast<int>(between(8'000, 768'000));
    if (coin()) spec.channels = static_cast<int>(between(1, 8));
    if (coin()) spec.sample_format = static_cast<SampleFormat>(between(0, 3));
    if (coin()) spec.start = std::chrono::nanoseconds(between(0, between(1, 36'000'000'000'000'000)));
    if (coin()) spec.end = std::chrono::nanoseconds(between(0, 36'000'000'000'000'000));
    if (coin()) spec.volume = real(0, 64);
    if (coin()) spec.loudness = real(-70, -5);
    if (coin()) spec.true_peak = real(-9, 0);
    if (coin()) spec.audio_track = static_cast<int>(between(0, std::numeric_limits<int>::max()));
    spec.metadata = static_cast<MetadataPolicy>(between(0, 2));
    for (auto count = between(0, 3); count > 0; --count) spec.tags[words()] = words() + "\n\t\"\\\xC3\xA9";
    if (coin()) spec.level = static_cast<int>(between(0, 19));
    if (coin()) spec.entry = words() + "/\xE2\x82\xAC";
    return spec;
  }

 private:
  bool coin() { return between(0, 3) == 0; }
  std::int64_t between(std::int64_t low, std::int64_t high) {
    return std::uniform_int_distribution<std::int64_t>(low, high)(random_);
  }
  double real(double low, double high) {
    return coin() ? std::round(low) : std::uniform_real_distribution<double>(low, high)(random_);
  }
  std::string text(std::vector<std::string> values) {
    return values[static_cast<std::size_t>(between(0, static_cast<std::int64_t>(values.size()) - 1))];
  }
  std::string words() { return "tag." + std::to_string(between(0, 999)) + " \xF0\x9F\x98\x80/_-"; }

  std::mt19937 random_;
};

TEST(SpecRoundTrip, EveryValidSpecRoundTrips) {
  RandomSpec random(7);
  int valid = 0;
  for (int i = 0; i < 20'000; ++i) {
    const auto spec = random.next();
    if (!validate(spec)) continue;
    ++valid;
    const auto json = to_json(spec);
    const auto back = parse_spec(json);
    ASSERT_TRUE(back) << json << "\n" << back.error().message;
    ASSERT_EQ(*back, spec) << json;
    ASSERT_EQ(to_json(*back), json);
  }
  EXPECT_GT(valid, 2'000) << "too few specs were valid";
}

TEST(SpecRoundTrip, EqualSpecsGiveEqualText) {
  OutputSpec zero;
  zero.volume = 0.0;
  OutputSpec minus_zero;
  minus_zero.volume = -0.0;
  ASSERT_EQ(zero, minus_zero);
  EXPECT_EQ(to_json(zero), to_json(minus_zero));
}

TEST(SpecRoundTrip, SetOptionAcceptsEveryListedOption) {
  for (const SpecOption& option : spec_options()) {
    OutputSpec spec;
    const auto done = set_option(spec, option.name, "\x01");
    ASSERT_FALSE(done);
    EXPECT_EQ(done.error().code, Errc::invalid_argument);
    EXPECT_THAT(done.error().message, AllOf(HasSubstr(option.name), HasSubstr(option.allowed)));
    EXPECT_EQ(spec, OutputSpec{});
  }
  EXPECT_EQ(spec_options().size(), 17U);
}

// --- Checks --------------------------------------------------------------------------------------

template <class Change>
void expect_invalid(Change change, string_view part) {
  OutputSpec spec;
  change(spec);
  const auto result = validate(spec);
  ASSERT_FALSE(result) << "accepted: " << to_json(spec);
  EXPECT_EQ(result.error().code, Errc::invalid_argument);
  EXPECT_THAT(result.error().message, HasSubstr(part));
}

TEST(Validate, ChecksRanges) {
  const auto nan = std::numeric_limits<double>::quiet_NaN();
  const auto infinite = std::numeric_limits<double>::infinity();
  expect_invalid([](auto& s) { s.audio_bitrate = 5'999; }, "audio_bitrate must be 6000 to 5000000");
  expect_invalid([](auto& s) { s.audio_bitrate = 5'000'001; }, "audio_bitrate must");
  expect_invalid([&](auto& s) { s.audio_quality = nan; }, "audio_quality must");
  expect_invalid([](auto& s) { s.audio_quality = -0.1; }, "audio_quality must");
  expect_invalid([](auto& s) { s.sample_rate = 7'999; }, "sample_rate must");
  expect_invalid([](auto& s) { s.channels = 0; }, "channels must");
  expect_invalid([](auto& s) { s.channels = 9; }, "channels must");
  expect_invalid([](auto& s) { s.start = -1ns; }, "start must");
  expect_invalid([](auto& s) { s.end = std::chrono::nanoseconds::max(); }, "end must");
  expect_invalid([&](auto& s) { s.volume = infinite; }, "volume must");
  expect_invalid([&](auto& s) { s.loudness = -infinite; }, "loudness must");
  expect_invalid([](auto& s) { s.loudness = -16, s.true_peak = 0.5; }, "true_peak must");
  expect_invalid([](auto& s) { s.audio_track = -1; }, "audio_track must");
  expect_invalid([](auto& s) { s.level = 20; }, "level must");
  expect_invalid([](auto& s) { s.audio_codec = "AAC"; }, "audio_codec must");
  expect_invalid([](auto& s) { s.format = "../mp3"; }, "format must");
  expect_invalid([](auto& s) { s.sample_format = static_cast<SampleFormat>(9); }, "sample_format must");
  expect_invalid([](auto& s) { s.metadata = static_cast<MetadataPolicy>(9); }, "metadata must");
}

TEST(Validate, ChecksTexts) {
  using namespace std::string_literals;
  expect_invalid([](auto& s) { s.entry = "a\0b"s; }, "entry must");
  expect_invalid([](auto& s) { s.entry = "a\nb"; }, "entry must");
  expect_invalid([](auto& s) { s.entry = "\xC0\xAF"; }, "entry must");
  expect_invalid([](auto& s) { s.entry = std::string(4097, 'a'); }, "entry must");
  expect_invalid([](auto& s) { s.tags[""] = "x"; }, "tags.title=Song");
  expect_invalid([](auto& s) { s.tags["Title"] = "x"; }, "tag name \"Title\" is invalid");
  expect_invalid([](auto& s) { s.tags["a=b"] = "x"; }, "is invalid");
  expect_invalid([](auto& s) { s.tags[std::string(65, 'a')] = "x"; }, "64");
  expect_invalid([](auto& s) { s.tags["title"] = "a\0"s; }, "tags.title must");
  expect_invalid([](auto& s) { s.tags["title"] = "\xED\xA0\x80"; }, "tags.title must");
  expect_invalid([](auto& s) { s.tags["title"] = std::string(32'769, 'a'); }, "32769 bytes");
  expect_invalid([](auto& s) { s.tags["a"] = s.tags["b"] = std::string(32'768, 'a'); }, "65536");
  expect_invalid(
      [](auto& s) {
        for (int i = 0; i < 257; ++i) s.tags[std::to_string(i)] = "x";
      },
      "256");
  OutputSpec fine;
  fine.tags = {
      {"lyrics", "one\ntwo\r\n\tthree"}, {std::string(64, 'a'), std::string(32'768, 'b')}, {"artist", ""}};
  fine.entry = std::string(4096, 'c');
  EXPECT_TRUE(validate(fine));
}

TEST(Validate, RejectsContradictions) {
  expect_invalid([](auto& s) { s.audio_bitrate = 128'000, s.audio_quality = 5; }, "bitrate");
  expect_invalid([](auto& s) { s.start = 2s, s.end = 2s; }, "end must be after start");
  expect_invalid([](auto& s) { s.end = 0s; }, "end must");
  expect_invalid([](auto& s) { s.true_peak = -1; }, "true_peak needs loudness");
  expect_invalid([](auto& s) { s.volume = 0.5, s.loudness = -16; }, "loudness sets the volume");
  expect_invalid([](auto& s) { s.metadata = MetadataPolicy::strip, s.tags["title"] = "x"; },
                 "metadata=strip");
}

TEST(Validate, CopyExcludesOptionsThatNeedEncoding) {
  const auto words = {
      "audio_bitrate=128k", "audio_quality=5", "sample_rate=8000", "channels=1", "sample_format=s16",
      "volume=2",           "loudness=-9",     "start=1",          "end=1",      "level=3"};
  for (const std::string word : words) {
    expect_refused(parse_options(std::vector<std::string>{"codec=copy", word}), Errc::invalid_argument,
                   word.substr(0, word.find('=')) + " and audio_codec=copy");
  }
  EXPECT_TRUE(parse_options(std::vector<std::string>{"codec=copy", "tags.title=x", "track=1"}));
}

// --- Against a format ----------------------------------------------------------------------------

constexpr std::array<string_view, 2> kMp3Codecs = {"mp3", "mp2"};
constexpr std::array<string_view, 3> kMp3Options = {"audio_codec", "audio_bitrate", "quality"};
constexpr std::array<string_view, 1> kLevelOnly = {"level"};

Format format_of_family(string_view name, Family family) {
  Format format;
  format.name = name;
  format.family = family;
  return format;
}

Format mp3() {
  auto format = format_of_family("mp3", Family::audio);
  format.codecs = kMp3Codecs;
  format.options = kMp3Options;
  return format;
}

Result<void> check(const Format& format, const std::vector<std::string>& words) {
  const auto spec = parse_options(words);
  if (!spec) return spec.error();
  return validate(*spec, format);
}

TEST(ValidateForFormat, RejectsOptionsThatDoNotApply) {
  const auto result = check(mp3(), {"level=3"});
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code, Errc::unsupported);
  EXPECT_EQ(result.error().message,
            "level does not apply to mp3. Its options: audio_codec, audio_bitrate, quality.");
  EXPECT_TRUE(check(mp3(), {"format=mp3", "bitrate=128k", "entry=a", "tags.title=x", "metadata=replace"}));
  EXPECT_FALSE(check(format_of_family("zip", Family::archive), {"tags.title=x"}));
}

TEST(ValidateForFormat, RejectsCodecsThatTheFormatCannotHold) {
  EXPECT_TRUE(check(mp3(), {"codec=mp2"}));
  EXPECT_TRUE(check(mp3(), {"codec=copy"}));
  const auto result = check(mp3(), {"codec=opus"});
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code, Errc::unsupported);
  EXPECT_EQ(result.error().message, "audio_codec: mp3 cannot hold \"opus\". Use mp3, mp2, or copy.");
  EXPECT_FALSE(check(format_of_family("aac", Family::audio), {"codec=copy"}))
      << "audio_codec is not among its options";
}

TEST(ValidateForFormat, ChecksTheLevelOfEachFormat) {
  struct Row {
    string_view name;
    int low, high;
  };
  for (const Row& row :
       {Row{"flac", 0, 12}, Row{"zip", 0, 9}, Row{"7z", 0, 9}, Row{"tar.gz", 0, 9}, Row{"bz2", 1, 9},
        Row{"tar.bz2", 1, 9}, Row{"tar.xz", 0, 9}, Row{"zst", 1, 19}, Row{"tar.zst", 1, 19}}) {
    auto format = format_of_family(row.name, Family::archive);
    format.options = kLevelOnly;
    const std::array ranges{OptionRange{.option = "level",
                                        .codec = {},
                                        .min = static_cast<double>(row.low),
                                        .max = static_cast<double>(row.high)}};
    format.option_ranges = ranges;
    for (int level = 0; level < 20; ++level) {
      const auto result = check(format, {"level=" + std::to_string(level)});
      EXPECT_EQ(result.has_value(), level >= row.low && level <= row.high) << row.name << " " << level;
    }
  }
}

constexpr std::array<string_view, 2> kTwoCodecs = {"low", "high"};
constexpr std::array<string_view, 2> kLowRates = {"22050", "44100"};
constexpr std::array<string_view, 6> kRangeOptions = {"audio_codec", "audio_bitrate", "sample_rate",
                                                      "start",       "channels",      "sample_format"};
constexpr std::array<string_view, 1> kDepths = {"s16"};
constexpr std::array kRanges = {
    OptionRange{.option = "audio_bitrate", .codec = "low", .min = 8'000, .max = 320'000, .unit = "bit/s"},
    OptionRange{.option = "sample_rate", .codec = "low", .values = kLowRates, .unit = "Hz"},
    OptionRange{.option = "sample_rate", .codec = "high", .min = 8'000, .max = 192'000, .unit = "Hz"},
    OptionRange{.option = "sample_format", .codec = "high", .values = kDepths}};

Format two_codecs() {
  auto format = format_of_family("two", Family::audio);
  format.codecs = kTwoCodecs;
  format.options = kRangeOptions;
  format.option_ranges = kRanges;
  return format;
}

std::string message_for(const std::vector<std::string>& words) {
  const auto result = check(two_codecs(), words);
  return result ? "valid" : result.error().message;
}

TEST(ValidateForFormat, RejectsValuesOutOfTheRangeOfTheCodec) {
  EXPECT_EQ(message_for({"bitrate=320k"}), "valid");
  EXPECT_EQ(message_for({"bitrate=321k"}), "audio_bitrate must be 8000 to 320000 bit/s for low, not 321000.");
  EXPECT_EQ(message_for({"codec=low", "sample_rate=48000"}),
            "sample_rate must be 22050, 44100 Hz for low, not 48000.");
  EXPECT_EQ(message_for({"codec=high", "sample_format=s24"}), "sample_format must be s16 for high, not s24.");
}

TEST(ValidateForFormat, RejectsOptionsThatDoNotApplyToTheCodec) {
  EXPECT_EQ(message_for({"codec=high", "bitrate=128k"}), "audio_bitrate does not apply to high: omit it.");
  EXPECT_EQ(message_for({"sample_format=s16"}), "sample_format does not apply to low: omit it.");
}

TEST(ValidateForFormat, AcceptsWhatACopyMayHave) {
  EXPECT_EQ(message_for({"sample_rate=192000"}), "valid") << "a copied stream of the codec high may have it";
  EXPECT_EQ(message_for({"sample_rate=192000", "start=1"}),
            "sample_rate must be 22050, 44100 Hz for low, not 192000.")
      << "a trimmed stream is encoded with the default codec";
  EXPECT_EQ(message_for({"channels=8"}), "valid") << "no ranges: not checked";
}

}  // namespace
}  // namespace convert
