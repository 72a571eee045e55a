// SPDX-License-Identifier: MIT
// Every output format from real audio, checked by other programs: codec, length, alignment and samples.
#include <fmt/format.h>

#include <cmath>

#include "media/media_support.hpp"

namespace convert::test {
namespace {

constexpr double kLossless = 1000;

struct Row {
  std::string file;                // output file; the extension selects the format
  std::vector<std::string> words;  // options
  std::string codec;               // name in ffprobe
  double min_snr = kLossless;      // against the source, in dB; kLossless: every sample is equal
  int rate = 0;                    // if it differs from the source's
};

std::ostream& operator<<(std::ostream& out, const Row& row) {
  return out << row.file << ' ' << testing::PrintToString(row.words);
}

std::string name_of(const testing::TestParamInfo<Row>& info) {
  std::string name;
  for (const auto& word : info.param.words) name += word.substr(word.find('=') + 1) + '_';
  name += info.param.file;
  std::replace_if(
      name.begin(), name.end(), [](char c) { return std::isalnum(static_cast<unsigned char>(c)) == 0; }, '_');
  return name;
}

/// FFmpeg 5.1 does not cut the padding that an MP4's last packet declares.
bool ffmpeg_cuts_the_tail(const Row& row) { return !row.file.ends_with("m4a"); }

void check_format(const Row& row, const std::filesystem::path& out, const AudioClip& source) {
  const auto properties = ffprobe(out);
  EXPECT_EQ(properties.at("streams.stream.0.codec_name"), row.codec);
  EXPECT_EQ(number(properties, "streams.stream.0.sample_rate"), row.rate != 0 ? row.rate : source.rate);
  EXPECT_EQ(number(properties, "streams.stream.0.channels"), static_cast<double>(source.channels));
  EXPECT_EQ(number(properties, "format.nb_streams"), 1);
}

/// ADTS has no length: ffprobe estimates it from the bit rate. For an MP3 it includes the padding, although
/// that is declared.
void check_duration(const Row& row, const std::filesystem::path& out, const OutputReport& report) {
  if (row.file.ends_with("aac")) return;
  const double longest = row.codec == "mp3" ? 2 * 1152 : 2048;
  const double seconds = number(ffprobe(out), "format.duration");
  const double exact = static_cast<double>(report.samples) / report.sample_rate;
  const double padding = static_cast<double>(report.leading_padding + report.trailing_padding);
  EXPECT_GE(seconds, exact - longest / report.sample_rate);
  EXPECT_LE(seconds, exact + (longest + padding) / report.sample_rate + 0.002);  // ASF counts milliseconds
}

void check_audio(const Row& row, const std::filesystem::path& out, const OutputReport& report,
                 const AudioClip& source) {
  const auto result = decode(out);
  const std::int64_t scale = result.rate / report.sample_rate;  // Opus is always decoded at 48 kHz
  const auto lead = static_cast<std::size_t>(report.leading_padding * scale);
  const auto count = static_cast<std::size_t>(report.samples * scale);
  const auto whole = lead + count + static_cast<std::size_t>(report.trailing_padding * scale);
  const bool same_rate = row.rate == 0;
  EXPECT_NEAR(static_cast<double>(source.frames()), static_cast<double>(count),
              same_rate ? 0.0 : 1.0 * static_cast<double>(scale));
  if (ffmpeg_cuts_the_tail(row)) {
    EXPECT_EQ(result.frames(), whole);
  } else {
    EXPECT_GE(result.frames(), whole);
    EXPECT_LT(result.frames(), whole + 4096);
  }
  const auto clip = result.part(lead, count);
  if (row.min_snr == kLossless) {
    EXPECT_TRUE(clip.samples == source.samples) << "samples differ: " << snr(source, clip) << " dB";
    return;
  }
  EXPECT_EQ(lag(source, clip), 0);
  EXPECT_GE(snr(source, clip), row.min_snr);
}

void check_row(const Row& row, const std::filesystem::path& from) {
  const TemporaryFolder folder;
  const auto out = folder / row.file;
  const auto report = converted(from, out, row.words);
  ASSERT_EQ(report.outputs.size(), 1U);
  const auto original = decode(from);
  const auto source =
      row.rate != 0 && row.rate != original.rate ? decode(from, fmt::format("-ar {}", row.rate)) : original;
  check_format(row, out, original);
  check_duration(row, out, report.outputs[0]);
  check_audio(row, out, report.outputs[0], source);
}

class FromMusic : public testing::TestWithParam<Row> {};

TEST_P(FromMusic, KeepsLengthAlignmentAndSamples) {
  SKIP_WITHOUT_PROGRAMS("ffmpeg", "ffprobe");
  NEED_SAMPLE(from, "music.wav");
  check_row(GetParam(), from);
}

INSTANTIATE_TEST_SUITE_P(
    Formats, FromMusic,
    testing::Values(Row{"a.mp3", {}, "mp3", 10}, Row{"a.aac", {}, "aac", 10}, Row{"a.m4a", {}, "aac", 10},
                    Row{"a.m4a", {"codec=alac"}, "alac"}, Row{"a.ogg", {}, "vorbis", 10},
                    Row{"a.ogg", {"codec=opus"}, "opus", 6, 48'000}, Row{"a.ogg", {"codec=flac"}, "flac"},
                    Row{"a.opus", {}, "opus", 6, 48'000}, Row{"a.flac", {}, "flac"},
                    Row{"a.wav", {}, "pcm_s16le"}, Row{"a.wav", {"sample_format=s24"}, "pcm_s24le"},
                    Row{"a.wav", {"sample_format=s32"}, "pcm_s32le"},
                    Row{"a.wav", {"sample_format=f32"}, "pcm_f32le"}, Row{"a.aiff", {}, "pcm_s16be"},
                    Row{"a.aiff", {"sample_format=s24"}, "pcm_s24be"}, Row{"a.wma", {}, "wmav2", 10},
                    Row{"a.ac3", {}, "ac3", 10}, Row{"a.mka", {"codec=opus"}, "opus", 6, 48'000},
                    Row{"a.mka", {"codec=vorbis"}, "vorbis", 10}, Row{"a.mka", {"codec=flac"}, "flac"},
                    Row{"a.mka", {"codec=aac"}, "aac", 10}, Row{"a.mka", {"codec=mp3"}, "mp3", 10},
                    Row{"a.mka", {"codec=ac3"}, "ac3", 10}, Row{"a.mka", {"codec=alac"}, "alac"},
                    Row{"a.mka", {"codec=pcm"}, "pcm_s16le"}),
    name_of);

class FromSpeechQuality : public testing::TestWithParam<Row> {};

TEST_P(FromSpeechQuality, KeepsLengthAlignmentAndSamples) {
  SKIP_WITHOUT_PROGRAMS("ffmpeg", "ffprobe");
  NEED_SAMPLE(from, "phone.wav");
  check_row(GetParam(), from);
}

INSTANTIATE_TEST_SUITE_P(Formats, FromSpeechQuality,
                         testing::Values(Row{"a.mp3", {}, "mp3", 10}, Row{"a.aac", {}, "aac", 10},
                                         Row{"a.m4a", {}, "aac", 10}, Row{"a.m4a", {"codec=alac"}, "alac"},
                                         Row{"a.ogg", {}, "vorbis", 8}, Row{"a.opus", {}, "opus", 6, 48'000},
                                         Row{"a.flac", {}, "flac"}, Row{"a.wav", {}, "pcm_s16le"},
                                         Row{"a.aiff", {}, "pcm_s16be"}, Row{"a.wma", {}, "wmav2", 10},
                                         Row{"a.ac3", {}, "ac3", 10, 32'000},
                                         Row{"a.mka", {"codec=opus"}, "opus", 6, 48'000}),
                         name_of);

class FromSurround : public testing::TestWithParam<Row> {};

TEST_P(FromSurround, KeepsLengthAlignmentAndSamplesOfAllSixChannels) {
  SKIP_WITHOUT_PROGRAMS("ffmpeg", "ffprobe");
  NEED_SAMPLE(from, "surround.wav");
  check_row(GetParam(), from);
}

INSTANTIATE_TEST_SUITE_P(Formats, FromSurround,
                         testing::Values(Row{"a.aac", {}, "aac", 10}, Row{"a.m4a", {}, "aac", 10},
                                         Row{"a.m4a", {"codec=alac"}, "alac"}, Row{"a.ogg", {}, "vorbis", 8},
                                         Row{"a.opus", {}, "opus", 6}, Row{"a.flac", {}, "flac"},
                                         Row{"a.wav", {}, "pcm_s16le"}, Row{"a.aiff", {}, "pcm_s16be"},
                                         Row{"a.ac3", {}, "ac3", 10},
                                         Row{"a.mka", {"codec=opus"}, "opus", 6}),
                         name_of);

class FromStudio : public testing::TestWithParam<Row> {};

TEST_P(FromStudio, KeepsLengthAlignmentAndAll24Bits) {
  SKIP_WITHOUT_PROGRAMS("ffmpeg", "ffprobe");
  NEED_SAMPLE(from, "studio.wav");
  check_row(GetParam(), from);
}

INSTANTIATE_TEST_SUITE_P(Formats, FromStudio,
                         testing::Values(Row{"a.mp3", {}, "mp3", 10, 48'000}, Row{"a.aac", {}, "aac", 10},
                                         Row{"a.m4a", {"codec=alac"}, "alac"}, Row{"a.ogg", {}, "vorbis", 8},
                                         Row{"a.ogg", {"codec=flac"}, "flac"},
                                         Row{"a.opus", {}, "opus", 6, 48'000}, Row{"a.flac", {}, "flac"},
                                         Row{"a.wav", {}, "pcm_s24le"}, Row{"a.aiff", {}, "pcm_s24be"},
                                         Row{"a.wma", {}, "wmav2", 10, 48'000},
                                         Row{"a.ac3", {}, "ac3", 10, 48'000},
                                         Row{"a.mka", {"codec=flac"}, "flac"}),
                         name_of);

/// Programs that are independent of FFmpeg.
struct Player {
  std::string file;
  std::string program;
  std::string check;   // succeeds if the file is valid
  std::string decode;  // writes WAV to the standard output; "{}" is the file
  int rate = 44'100;
};

class OtherPlayers : public testing::TestWithParam<Player> {};

TEST_P(OtherPlayers, DecodeTheExactLengthWithoutErrors) {
  const auto& player = GetParam();
  SKIP_WITHOUT_PROGRAMS("ffmpeg", player.program.c_str());
  NEED_SAMPLE(from, "music.wav");
  const TemporaryFolder folder;
  const auto out = folder / player.file;
  const auto report = converted(from, out);
  if (!player.check.empty()) {
    const auto ran = run(fmt::format(fmt::runtime(player.check), quoted(out)));
    EXPECT_EQ(ran.status, 0) << ran.output;
    EXPECT_THAT(ran.output, testing::Not(testing::ContainsRegex("[Ww]arning|[Ee]rror")));
  }
  const auto clip = decode_by(fmt::format(fmt::runtime(player.decode), quoted(out)));
  EXPECT_EQ(clip.rate, player.rate);
  EXPECT_EQ(clip.frames(), static_cast<std::size_t>(report.outputs.at(0).samples));
  const auto source = decode(from, fmt::format("-ar {}", player.rate));
  EXPECT_EQ(lag(source, clip), 0);
  EXPECT_GE(snr(source, clip), 6);
}

INSTANTIATE_TEST_SUITE_P(
    Programs, OtherPlayers,
    testing::Values(Player{"a.mp3", "mpg123", "mpg123 -t {}", "mpg123 -q -w /dev/stdout {} | cat"},
                    Player{"a.ogg", "oggdec", "", "oggdec -Q -o - {}"},
                    Player{"a.opus", "opusdec", "",
                           "opusdec --quiet --rate 48000 --no-dither {} - | ffmpeg -v error -f "
                           "s16le -ar 48000 -ac 2 -i - -c:a pcm_s16le -f wav -",
                           48'000},
                    Player{"a.flac", "flac", "flac -t --silent {}", "flac -d -c --silent {}"}),
    [](const auto& player) { return player.param.program; });

// FFmpeg 5.1 ignores it when it decodes an MP4: the durations of the packets end where the audio ends.
TEST(Mpeg4, DeclaresTheExactLengthAndIsReadAccordingly) {
  SKIP_WITHOUT_PROGRAMS("ffmpeg", "ffprobe");
  NEED_SAMPLE(from, "music.wav");
  const TemporaryFolder folder;
  for (const std::string codec : {"aac", "alac"}) {
    const auto out = folder / (codec + ".m4a");
    const auto samples = converted(from, out, {"codec=" + codec}).outputs.at(0).samples;
    const auto properties = ffprobe(out, "-show_streams");
    EXPECT_EQ(number(properties, "streams.stream.0.duration_ts"), static_cast<double>(samples)) << codec;
    const auto again = folder / (codec + ".wav");
    EXPECT_EQ(converted(out, again).outputs.at(0).samples, samples) << codec;
    EXPECT_EQ(decode(again).frames(), static_cast<std::size_t>(samples)) << codec;
    EXPECT_EQ(lag(decode(from), decode(again)), 0) << codec;
  }
}

// A round trip through every format that declares its length keeps the number of samples.
TEST(RoundTrip, KeepsTheNumberOfSamples) {
  SKIP_WITHOUT_PROGRAMS("ffmpeg");
  NEED_SAMPLE(from, "music.wav");
  const auto source = decode(from);
  const TemporaryFolder folder;
  for (const std::string format : {"mp3", "m4a", "ogg", "opus", "flac", "wav", "aiff"}) {
    const auto there = folder / ("there." + format);
    const auto back = folder / (format + ".wav");
    converted(from, there);
    converted(there, back, {"sample_rate=44100", "sample_format=s16"});
    const auto result = decode(back);
    EXPECT_EQ(result.frames(), source.frames()) << format;
    EXPECT_EQ(lag(source, result), 0) << format;
  }
}

// ---- The formats of the older services: mp3, aac, ogg, wav and wma, each into each other.

const std::vector<std::string> kFormats = {"mp3", "aac", "ogg", "wav", "wma"};

const std::map<std::string, std::string> kCodecs = {
    {"mp3", "mp3"}, {"aac", "aac"}, {"ogg", "vorbis"}, {"wav", "pcm_s16le"}, {"wma", "wmav2"}};

using Pair = std::pair<std::string, std::string>;

std::vector<Pair> all_pairs() {
  std::vector<Pair> pairs;
  for (const auto& from : kFormats) {
    for (const auto& to : kFormats) {
      if (from != to) pairs.emplace_back(from, to);
    }
  }
  return pairs;
}

class Pairs : public testing::TestWithParam<Pair> {};

TEST_P(Pairs, KeepCodecLengthAndSamples) {
  const auto& [from, to] = GetParam();
  SKIP_WITHOUT_PROGRAMS("ffmpeg", "ffprobe");
  NEED_SAMPLE(music, "short.wav");
  const TemporaryFolder folder;
  const auto in = folder / ("in." + from);
  const auto out = folder / ("out." + to);
  // Made by another program, as uploads are.
  const auto made = run(fmt::format("ffmpeg -v error -i {} {}", quoted(music), quoted(in)));
  ASSERT_EQ(made.status, 0) << made.output;

  const auto report = converted(in, out);
  ASSERT_EQ(report.outputs.size(), 1U);
  const auto& output = report.outputs[0];
  EXPECT_EQ(output.format, to);
  EXPECT_EQ(ffprobe(out).at("streams.stream.0.codec_name"), kCodecs.at(to));

  const auto source = decode(in);
  const auto result = decode(out);
  EXPECT_EQ(output.samples, static_cast<std::int64_t>(source.frames()));
  EXPECT_EQ(result.frames(),
            static_cast<std::size_t>(output.leading_padding + output.samples + output.trailing_padding));
  EXPECT_EQ(lag(source, result), output.leading_padding);
  const auto clip = result.part(static_cast<std::size_t>(output.leading_padding), source.frames());
  EXPECT_GE(correlation(source, clip), 0.95);
}

INSTANTIATE_TEST_SUITE_P(Older, Pairs, testing::ValuesIn(all_pairs()),
                         [](const auto& pair) { return pair.param.first + "_to_" + pair.param.second; });

}  // namespace
}  // namespace convert::test
