// SPDX-License-Identifier: MIT
// The JSON of a probe, a plan, a report, an error and the formats.
#include <array>
#include <chrono>
#include <limits>
#include <string>
#include <utility>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <boost/json.hpp>

#include <convert/json.hpp>

namespace convert {
namespace {

using namespace std::chrono_literals;
using std::string_view;
using testing::HasSubstr;
using testing::Not;

TEST(Json, WritesMediaInfo) {
  MediaInfo info;
  info.format = "mp3";
  info.title = "MPEG audio";
  info.size = 18'446'744'073'709'551'615U;
  info.duration = 62'500ms;
  info.bitrate = 192'000;
  info.tags = {{"title", "A \"song\"\n"}};
  info.chapters = {{0s, 1500ms, "One"}};
  info.warnings = {{WarningCode::truncated, "The input ends early."}};
  info.consumed.resize(100);
  StreamInfo stream;
  stream.kind = StreamKind::audio;
  stream.codec = "mp3";
  stream.is_default = true;
  stream.start = 25'057'000ns;
  stream.sample_rate = 44'100;
  stream.channels = 2;
  stream.frame_rate = 0;
  info.streams = {stream};
  EXPECT_EQ(
      to_json(info),
      R"({"format":"mp3","title":"MPEG audio","family":"audio","size":18446744073709551615,"duration":62.5,)"
      R"("bitrate":192000,"streams":[{"index":0,"kind":"audio","codec":"mp3","is_default":true,)"
      R"("start":0.025057,"sample_rate":44100,"channels":2}],"tags":{"title":"A \"song\"\n"},)"
      R"("chapters":[{"start":0,"end":1.5,"title":"One"}],)"
      R"("warnings":[{"code":"truncated","message":"The input ends early."}]})");
}

TEST(Json, WritesArchives) {
  MediaInfo info;
  info.format = "zip";
  info.family = Family::archive;
  EntryInfo entry;
  entry.name = "a/b.txt";
  entry.size = 3;
  entry.modified = std::chrono::sys_seconds(1'600'000'000s);
  entry.mode = 0644;
  info.entries = {entry};
  EXPECT_EQ(to_json(info),
            R"({"format":"zip","family":"archive","entries":[{"name":"a/b.txt","kind":"file","size":3,)"
            R"("modified":1600000000,"mode":420}],"warnings":[]})");
}

TEST(Json, WritesPlans) {
  Plan plan;
  plan.format = "m4a";
  plan.streams = {{0, 1, StreamKind::audio, StreamAction::copy, "aac", "aac", "already fits m4a"}};
  plan.duration = 1ns;
  plan.size = 1000;
  plan.cpu_seconds = 0.25;
  plan.spools_output = true;
  plan.consumed = {{std::byte{1}}};
  EXPECT_EQ(to_json(plan),
            R"({"format":"m4a","streams":[{"input":0,"stream":1,"kind":"audio","action":"copy","from":"aac",)"
            R"("to":"aac","reason":"already fits m4a"}],"warnings":[],"duration":0.000000001,"size":1000,)"
            R"("effort":0.25,"spools_input":false,"spools_output":true})");
}

TEST(Json, WritesReports) {
  Report report;
  OutputReport output;
  output.name = "song.wma";
  output.format = "wma";
  output.size = 5;
  output.duration = -1500ms;
  output.samples = 66'150;
  output.sample_rate = 44'100;
  output.leading_padding = 2048;
  report.outputs = {output};
  EXPECT_EQ(to_json(report),
            R"({"outputs":[{"name":"song.wma","format":"wma","size":5,"duration":-1.5,"samples":66150,)"
            R"("sample_rate":44100,"leading_padding":2048}],"streams":[],"warnings":[]})");
}

TEST(Json, WritesErrors) {
  EXPECT_EQ(to_json(Error{Errc::limit_exceeded, "too much", true}),
            R"({"code":"limit_exceeded","message":"too much","retryable":true})");
}

TEST(Json, WritesFormats) {
  static constexpr std::array<string_view, 1> extensions = {"flac"};
  static constexpr std::array<string_view, 1> codecs = {"flac"};
  static constexpr std::array<string_view, 2> fields = {"codec", "level"};
  Format format;
  format.name = "flac";
  format.title = "FLAC";
  format.extensions = extensions;
  format.codecs = codecs;
  format.options = fields;
  static constexpr std::array ranges = {OptionRange{.option = "level", .codec = "flac", .min = 0, .max = 12}};
  format.option_ranges = ranges;
  format.forward_only = ForwardOnlySupport::reduced;
  format.forward_only_missing = "the MD5";
  const string_view expected =
      R"~([{"name":"flac","title":"FLAC","family":"audio","extensions":["flac"],"readable":false,)~"
      R"~("writable":false,"codecs":["flac"],"options":[)~"
      R"~({"name":"audio_codec","type":"text","allowed":"flac, or copy","meaning":)~"
      R"~("how to encode; copy: never encode"},)~"
      R"~({"name":"level","type":"integer","allowed":"0 (fast) to 12 (small)","meaning":"compression",)~"
      R"~("ranges":[{"codec":"flac","min":0,"max":12}]}],)~"
      R"~("holds":{"tags":false,"known_tags_only":false,"cover":false,"chapters":false,)~"
      R"~("exact_length":false,"late_start":false,"several_files":false},)~"
      R"~("forward":"reduced","forward_missing":"the MD5"}])~";
  EXPECT_EQ(to_json(std::span<const Format>(&format, 1)), expected);
}

TEST(Json, EachCapabilityHasItsName) {
  constexpr std::pair<bool FormatCapabilities::*, string_view> all[] = {
      {&FormatCapabilities::tags, "tags"},
      {&FormatCapabilities::known_tags_only, "known_tags_only"},
      {&FormatCapabilities::cover_art, "cover"},
      {&FormatCapabilities::chapters, "chapters"},
      {&FormatCapabilities::gapless, "exact_length"},
      {&FormatCapabilities::start_offset, "late_start"},
      {&FormatCapabilities::multiple_inputs, "several_files"},
  };
  for (const auto& [held, name] : all) {
    Format format;
    format.capabilities.*held = true;
    std::string json = to_json(std::span<const Format>(&format, 1));
    json.erase(0, json.find("\"holds\":"));
    for (const auto& row : all) {
      EXPECT_THAT(json, HasSubstr(fmt::format("\"{}\":{}", row.second, row.second == name)));
    }
  }
}

TEST(Json, RepairsInvalidUtf8) {
  const auto message = [](std::string text) { return to_json(Error{Errc::io, std::move(text)}); };
  EXPECT_THAT(message("a\xFF z\xC3\xA9"), HasSubstr("\"a\xEF\xBF\xBD z\xC3\xA9\""));
  EXPECT_THAT(message("\xE2\x82"), HasSubstr("\"\xEF\xBF\xBD\xEF\xBF\xBD\"")) << "cut inside a character";
  EXPECT_THAT(message("\xC0\x80"), Not(HasSubstr("\xC0"))) << "overlong";
  EXPECT_THAT(message("\xE0\x9F\xBF"), Not(HasSubstr("\xE0"))) << "overlong";
  EXPECT_THAT(message("\xF0\x8F\xBF\xBF"), Not(HasSubstr("\xF0"))) << "overlong";
  EXPECT_THAT(message("\xED\xA0\x80"), Not(HasSubstr("\xED"))) << "half of a surrogate pair";
  EXPECT_THAT(message("\xF4\x90\x80\x80"), Not(HasSubstr("\xF4"))) << "beyond Unicode";
}

TEST(Json, AnyBytesGiveValidJson) {
  std::string every;
  for (int i = 0; i < 256; ++i) every += static_cast<char>(i);
  const auto text = to_json(Error{Errc::io, every + std::string(1, '\xF0')});
  boost::json::error_code code;
  const auto value = boost::json::parse(text, code);
  ASSERT_FALSE(code) << code.message() << "\n" << text;
  const std::string message(value.at("message").as_string());
  EXPECT_EQ(message.substr(0, 128), every.substr(0, 128)) << "ASCII is unchanged";
}

TEST(Json, NonFiniteNumbersAreNull) {
  Plan plan;
  plan.cpu_seconds = std::numeric_limits<double>::quiet_NaN();
  EXPECT_THAT(to_json(plan), HasSubstr("\"effort\":null"));
}

}  // namespace
}  // namespace convert
