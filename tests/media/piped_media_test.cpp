// SPDX-License-Identifier: MIT
// Inputs and outputs that cannot seek.

#include <fmt/format.h>

#include "media/media_support.hpp"
#include "support/forward_only.hpp"

namespace convert::test {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kBlock = 10'000;  // bytes per read of a pipe

struct Piped {
  Result<Report> report;
  std::string bytes;
};

Piped convert_piped(Reader& reader, const std::string& name, const std::vector<std::string>& words) {
  Piped piped{Error{}, {}};
  const Library library;
  const auto outputs = single_output(std::make_unique<ForwardWriter>(piped.bytes));
  const Input input{&reader, name};
  piped.report = library.convert(std::span(&input, 1), *outputs, spec_of(words));
  return piped;
}

struct Target {
  std::string format;
  std::vector<std::string> options;
  bool early = true;  // output is written before the input ends
};
std::ostream& operator<<(std::ostream& out, const Target& target) { return out << target.format; }

class PipedTarget : public testing::TestWithParam<Target> {};

// Output that is written before the last fifth of the input was read did not wait for the end.
TEST_P(PipedTarget, IsCompleteAndWrittenBeforeTheInputEnds) {
  SKIP_WITHOUT_PROGRAMS("ffmpeg");
  NEED_SAMPLE(music, "music.wav");
  const auto& [format, options, early] = GetParam();
  const auto content = read_file(music);
  ForwardReader reader(content, kBlock);
  Piped piped{Error{}, {}};
  std::size_t before_the_last_fifth = 0;
  reader.on_read = [&](std::size_t given) {
    if (given < content.size() * 4 / 5) before_the_last_fifth = piped.bytes.size();
  };
  auto words = options;
  words.push_back("format=" + format);
  {
    const Library library;
    const auto outputs = single_output(std::make_unique<ForwardWriter>(piped.bytes));
    const Input input{&reader, "music.wav"};
    ConvertOptions one_thread;
    one_thread.threads = 1;  // a decoding thread that reads ahead would blur the measurement
    piped.report = library.convert(std::span(&input, 1), *outputs, spec_of(words), one_thread);
  }
  ASSERT_TRUE(piped.report) << piped.report.error().message;
  if (early) {
    EXPECT_GT(before_the_last_fifth, piped.bytes.size() / 4);
  } else {
    EXPECT_EQ(before_the_last_fifth, 0U);
  }
  const auto& report = *piped.report;
  EXPECT_EQ(report.outputs.at(0).size, piped.bytes.size());

  const TemporaryFolder folder;
  const auto out = folder / ("piped." + format);
  write_file(out, piped.bytes);
  const auto source = decode(music, fmt::format("-ar {}", report.outputs[0].sample_rate));
  const auto result = decode(out);
  EXPECT_GE(result.frames(), static_cast<std::size_t>(report.outputs[0].samples));
  EXPECT_LE(result.frames(), static_cast<std::size_t>(report.outputs[0].samples) + 8192);
  EXPECT_EQ(lag(source, result), report.outputs[0].leading_padding);
}

INSTANTIATE_TEST_SUITE_P(Targets, PipedTarget,
                         testing::Values(Target{"mp3", {}}, Target{"aac", {}}, Target{"m4a", {}},
                                         Target{"m4a", {"codec=alac"}}, Target{"ogg", {}},
                                         Target{"ogg", {"codec=flac"}}, Target{"opus", {}},
                                         Target{"flac", {}}, Target{"wav", {"sample_format=s24"}},
                                         Target{"wav", {}}, Target{"aiff", {"sample_format=s24"}, false},
                                         Target{"wma", {}}, Target{"ac3", {}}, Target{"mka", {"codec=opus"}},
                                         Target{"mka", {"codec=aac"}}));

TEST(PipedPlan, NamesWhatWillBeMissing) {
  NEED_SAMPLE(music, "short.wav");
  const std::map<std::string, std::string> missing = {{"mp3", "Xing"},   {"flac", "MD5"}, {"m4a", "index"},
                                                      {"wav", "length"}, {"ogg", ""},     {"opus", ""},
                                                      {"aac", ""}};
  for (const auto& [format, what] : missing) {
    const auto planned = plan(music, {"format=" + format});
    ASSERT_TRUE(planned) << planned.error().message;
    EXPECT_THAT(planned->forward_only_missing, testing::HasSubstr(what)) << format;
    EXPECT_EQ(planned->forward_only_missing.empty(), what.empty()) << format;
    EXPECT_FALSE(planned->spools_output) << format;
    ForwardReader reader(read_file(music), kBlock);
    const auto piped = convert_piped(reader, "a.wav", {"format=" + format});
    ASSERT_TRUE(piped.report) << piped.report.error().message;
    EXPECT_EQ(warned(piped.report->warnings, WarningCode::forward_only), !what.empty()) << format;
  }
  const auto aiff = plan(music, {"format=aiff"});
  ASSERT_TRUE(aiff);
  EXPECT_TRUE(aiff->spools_output);
}

class PipedInput : public testing::TestWithParam<std::string> {};

TEST_P(PipedInput, IsReadLikeTheFile) {
  SKIP_WITHOUT_PROGRAMS("ffmpeg");
  NEED_SAMPLE(music, "music.wav");
  const TemporaryFolder folder;
  const auto from = folder / ("in." + GetParam());
  converted(music, from);
  converted(from, folder / "file.wav");
  ForwardReader reader(read_file(from), kBlock);
  const auto piped = convert_piped(reader, from.filename(), {"format=wav"});
  ASSERT_TRUE(piped.report) << piped.report.error().message;
  write_file(folder / "piped.wav", piped.bytes);
  EXPECT_TRUE(decode(folder / "piped.wav").samples == decode(folder / "file.wav").samples);
}

INSTANTIATE_TEST_SUITE_P(Inputs, PipedInput,
                         testing::Values("mp3", "aac", "m4a", "ogg", "opus", "flac", "aiff", "wma", "ac3",
                                         "mka"),
                         [](const auto& format) { return format.param; });

TEST(PipedMpeg4, WithTrailingIndexIsSpooledAsPlanned) {
  SKIP_WITHOUT_PROGRAMS("ffmpeg");
  NEED_SAMPLE(music, "music.wav");
  const TemporaryFolder folder;
  const auto from = folder / "in.m4a";
  ASSERT_EQ(run("ffmpeg -v error -i " + quoted(music) + " " + quoted(from)).status, 0);
  ForwardReader planned_from(read_file(from), kBlock);
  const Input input{&planned_from, "in.m4a"};
  const auto planned = Library().plan(std::span(&input, 1), spec_of({"format=mp3"}));
  ASSERT_TRUE(planned) << planned.error().message;
  EXPECT_TRUE(planned->spools_input);
  EXPECT_LT(planned_from.given(), read_file(from).size());

  // With a leading index, no temporary file is needed.
  const auto fast = folder / "fast.m4a";
  ASSERT_EQ(run("ffmpeg -v error -i " + quoted(from) + " -c copy -movflags faststart " + quoted(fast)).status,
            0);
  ForwardReader fast_reader(read_file(fast), kBlock);
  const Input fast_input{&fast_reader, "fast.m4a"};
  const auto fast_plan = Library().plan(std::span(&fast_input, 1), spec_of({"format=mp3"}));
  ASSERT_TRUE(fast_plan) << fast_plan.error().message;
  EXPECT_FALSE(fast_plan->spools_input);
}

TEST(PipedLoudness, IsSpooledAndReachesTheTarget) {
  NEED_SAMPLE(music, "short.wav");
  ForwardReader reader(read_file(music), kBlock);
  const Input input{&reader, "in.wav"};
  const auto planned = Library().plan(std::span(&input, 1), spec_of({"format=flac", "loudness=-20"}));
  ASSERT_TRUE(planned) << planned.error().message;
  EXPECT_TRUE(planned->spools_input);
  ForwardReader again(read_file(music), kBlock);
  const auto piped = convert_piped(again, "in.wav", {"format=flac", "loudness=-20"});
  ASSERT_TRUE(piped.report) << piped.report.error().message;
}

class PipedTwice : public testing::TestWithParam<std::string> {};

// Bytes that probe and plan consume are not lost.
TEST_P(PipedTwice, ContinuesWithTheBytesThatProbeAndPlanConsumed) {
  SKIP_WITHOUT_PROGRAMS("ffmpeg");
  NEED_SAMPLE(music, "short.wav");
  const TemporaryFolder folder;
  const auto from = folder / ("in." + GetParam());
  converted(music, from);
  const auto content = read_file(from);
  const Library library;
  ForwardReader reader(content, kBlock);
  auto info = library.probe(reader);
  ASSERT_TRUE(info) << info.error().message;
  EXPECT_EQ(info->consumed.size(), reader.given());
  EXPECT_EQ(text(info->consumed), content.substr(0, reader.given()));

  const auto after_probe = prefixed_reader(std::move(info->consumed), reader);
  const Input again{after_probe.get(), "in"};
  auto planned = library.plan(std::span(&again, 1), spec_of({"format=wav"}));
  ASSERT_TRUE(planned) << planned.error().message;
  ASSERT_EQ(planned->consumed.size(), 1U);
  EXPECT_EQ(text(planned->consumed[0]), content.substr(0, planned->consumed[0].size()));

  const auto after_plan = prefixed_reader(std::move(planned->consumed[0]), *after_probe);
  const auto piped = convert_piped(*after_plan, "in", {"format=wav"});
  ASSERT_TRUE(piped.report) << piped.report.error().message;
  write_file(folder / "piped.wav", piped.bytes);
  converted(from, folder / "file.wav");
  EXPECT_TRUE(decode(folder / "piped.wav").samples == decode(folder / "file.wav").samples);
}

INSTANTIATE_TEST_SUITE_P(Inputs, PipedTwice,
                         testing::Values("mp3", "ogg", "flac", "wav", "aac", "mka", "wma", "m4a"),
                         [](const auto& format) { return format.param; });

}  // namespace
}  // namespace convert::test
