// SPDX-License-Identifier: MIT
// Audio that fits the target is copied: the same packets, the same length, and a plan that says so.
#include <fmt/format.h>

#include "media/media_support.hpp"
#include "support/forward_only.hpp"

namespace convert::test {
namespace {

namespace fs = std::filesystem;

StreamPlan audio_plan_of(const std::vector<StreamPlan>& streams) {
  for (const auto& stream : streams) {
    if (stream.kind == StreamKind::audio && stream.action != StreamAction::drop) return stream;
  }
  return {};
}

void expect_copied(const fs::path& from, const fs::path& to, std::vector<std::string> words = {}) {
  const auto report = converted(from, to, words);
  const auto clip = audio_plan_of(report.streams);
  EXPECT_EQ(to_string(clip.action), "copy") << clip.reason;
  const auto packets = packet_hashes(from);
  EXPECT_GT(packets.size(), 0U);
  EXPECT_EQ(packet_hashes(to), packets) << to;

  words.push_back("format=" + to.extension().string().substr(1));
  const auto planned = plan(from, words);
  ASSERT_TRUE(planned) << planned.error().message;
  const auto in_plan = audio_plan_of(planned->streams);
  EXPECT_EQ(to_string(in_plan.action), "copy");
  EXPECT_THAT(in_plan.reason, testing::HasSubstr("fits"));
  if (from.extension() == ".webm") return;  // declares no bit rate for its streams
  ASSERT_TRUE(planned->size);
  EXPECT_NEAR(static_cast<double>(*planned->size), static_cast<double>(fs::file_size(to)),
              0.2 * static_cast<double>(fs::file_size(to)));
}

TEST(Copy, ExtractsAacFromAVideo) {
  SKIP_WITHOUT_PROGRAMS("ffmpeg", "ffprobe");
  NEED_SAMPLE(cup, "cup.mp4");
  const TemporaryFolder folder;
  expect_copied(cup, folder / "cup.m4a");
  expect_copied(cup, folder / "cup.mka");
  EXPECT_EQ(decode(folder / "cup.m4a").frames(), decode(cup).frames());
  const auto planned = plan(cup, {"format=m4a"});
  ASSERT_TRUE(planned);
  const auto video = std::find_if(planned->streams.begin(), planned->streams.end(),
                                  [](const auto& s) { return s.kind == StreamKind::video; });
  ASSERT_NE(video, planned->streams.end());
  EXPECT_EQ(to_string(video->action), "drop");
  EXPECT_THAT(video->reason, testing::HasSubstr("video"));
}

TEST(Copy, ExtractsAacFromAVideoIntoAdts) {
  SKIP_WITHOUT_PROGRAMS("ffmpeg");
  NEED_SAMPLE(cup, "cup.mp4");
  const TemporaryFolder folder;
  const auto report = converted(cup, folder / "cup.aac");
  EXPECT_EQ(to_string(audio_plan_of(report.streams).action), "copy");
  // ADTS has a header before each packet: compare the decoded samples.
  const auto source = decode(cup);
  const auto result = decode(folder / "cup.aac");
  EXPECT_GE(result.frames(), source.frames());
  const auto lead = static_cast<std::size_t>(report.outputs.at(0).leading_padding);
  EXPECT_TRUE(result.part(lead, source.frames()).samples == source.samples) << snr(source, result);
}

TEST(Copy, ExtractsMp3FromAVideo) {
  SKIP_WITHOUT_PROGRAMS("ffmpeg");
  NEED_SAMPLE(cup, "cup.mp4");
  const TemporaryFolder folder;
  const auto video = folder / "in.mp4";
  const auto ran =
      run(fmt::format("ffmpeg -v quiet -i {} -c:v copy -c:a libmp3lame {}", quoted(cup), quoted(video)));
  ASSERT_EQ(ran.status, 0);
  const auto report = converted(video, folder / "out.mp3", {"codec=copy"});
  EXPECT_EQ(to_string(audio_plan_of(report.streams).action), "copy");
  EXPECT_EQ(packet_hashes(folder / "out.mp3"), packet_hashes(video));
}

// It declares MP3, but the packets are layer II, which an MP3 file cannot hold.
TEST(Copy, ChecksThePacketsNotTheDeclaredCodec) {
  SKIP_WITHOUT_PROGRAMS("ffmpeg", "ffprobe");
  NEED_SAMPLE(box, "box.mp4");
  const TemporaryFolder folder;
  const auto report = converted(box, folder / "box.mp3");
  EXPECT_EQ(to_string(audio_plan_of(report.streams).action), "encode");
  EXPECT_EQ(ffprobe(folder / "box.mp3").at("streams.stream.0.codec_name"), "mp3");
  const auto source = decode(box);
  const auto result = decode(folder / "box.mp3");
  const long late = lag(source, result, 6000);  // the audio starts 67 ms after the video
  EXPECT_NEAR(static_cast<double>(late), 0.067 * source.rate, 100);
  EXPECT_GE(correlation(source, result.part(static_cast<std::size_t>(std::max(late, 0L)), source.frames())),
            0.9);
}

TEST(Copy, ExtractsVorbisFromWebm) {
  SKIP_WITHOUT_PROGRAMS("ffmpeg", "oggdec");
  NEED_SAMPLE(webm, "launch.webm");
  const TemporaryFolder folder;
  expect_copied(webm, folder / "a.ogg");
  expect_copied(webm, folder / "a.mka");
  const auto source = decode(webm);
  const auto result = decode_by("oggdec -Q -o - " + quoted(folder / "a.ogg"));
  EXPECT_NEAR(static_cast<double>(result.frames()), static_cast<double>(source.frames()), 4096);
  EXPECT_EQ(lag(source, result), 0);
}

TEST(Copy, KeepsTheExactLengthOfEveryFormat) {
  SKIP_WITHOUT_PROGRAMS("ffmpeg");
  NEED_SAMPLE(music, "short.wav");
  const TemporaryFolder folder;
  for (const std::string format : {"mp3", "m4a", "ogg", "opus", "flac", "wav", "aiff", "wma", "ac3", "aac"}) {
    const auto first = folder / ("first." + format);
    const auto second = folder / ("second." + format);
    converted(music, first);
    const auto report = converted(first, second);
    EXPECT_EQ(to_string(audio_plan_of(report.streams).action), "copy") << format;
    const auto before = decode(first);
    EXPECT_GT(before.frames(), 0U);
    EXPECT_TRUE(decode(second).samples == before.samples) << format;
  }
}

TEST(Copy, IsRejectedWithTheReasonIfImpossible) {
  NEED_SAMPLE(music, "short.wav");
  const TemporaryFolder folder;
  const auto refused = convert(music, folder / "a.mp3", {"codec=copy"});
  ASSERT_FALSE(refused);
  expect_error(refused.error(), Errc::unsupported);
  EXPECT_THAT(refused.error().message, testing::HasSubstr("pcm"));
  EXPECT_TRUE(folder.names().empty());
}

TEST(Copy, IsReplacedByEncodingForAnyRequestedChange) {
  SKIP_WITHOUT_PROGRAMS("ffmpeg");
  NEED_SAMPLE(music, "short.wav");
  const TemporaryFolder folder;
  const auto from = folder / "a.flac";
  converted(music, from);
  for (const std::string word : {"volume=0.5", "start=1", "end=2", "channels=1", "sample_rate=22050",
                                 "level=3", "sample_format=s24"}) {
    const auto planned = plan(from, {"format=flac", word});
    ASSERT_TRUE(planned) << planned.error().message;
    EXPECT_EQ(to_string(audio_plan_of(planned->streams).action), "encode") << word;
    EXPECT_THAT(audio_plan_of(planned->streams).reason, testing::HasSubstr(word.substr(0, word.find('='))));
  }
}

/// A video whose audio starts half a second after the pictures.
fs::path late_video(const TemporaryFolder& folder, const fs::path& cup) {
  const auto late = folder / "late.mp4";
  const auto ran =
      run(fmt::format("ffmpeg -v error -i {0} -itsoffset 0.5 -i {0} -map 0:v -map 1:a -c copy {1}",
                      quoted(cup), quoted(late)));
  EXPECT_EQ(ran.status, 0) << ran.output;
  return late;
}

TEST(LateAudio, KeepsItsStartIfTheTargetCanStoreIt) {
  SKIP_WITHOUT_PROGRAMS("ffmpeg", "ffprobe");
  NEED_SAMPLE(cup, "cup.mp4");
  const TemporaryFolder folder;
  const auto late = late_video(folder, cup);
  for (const std::string format : {"m4a", "mka"}) {
    const auto out = folder / ("late." + format);
    const auto report = converted(late, out);
    EXPECT_EQ(to_string(audio_plan_of(report.streams).action), "copy") << format;
    EXPECT_NEAR(number(ffprobe(out), "streams.stream.0.start_time"), 0.5, 0.03) << format;
  }
}

TEST(LateAudio, IsPrecededBySilenceInOtherFormats) {
  SKIP_WITHOUT_PROGRAMS("ffmpeg");
  NEED_SAMPLE(cup, "cup.mp4");
  const TemporaryFolder folder;
  const auto late = late_video(folder, cup);
  const auto source = decode(cup);
  for (const std::string file : {"late.wav", "late.flac", "late.mp3"}) {
    converted(late, folder / file);
    const auto result = decode(folder / file);
    const auto half = static_cast<std::size_t>(source.rate / 2);
    ASSERT_GT(result.frames(), half) << file;
    EXPECT_NEAR(static_cast<double>(result.frames()), static_cast<double>(half + source.frames()), 2048)
        << file;
    EXPECT_LT(peak(result.part(0, half - 2400)), 0.02) << file;
    EXPECT_NEAR(static_cast<double>(lag(source, result, 26'000)), static_cast<double>(half), 64) << file;
  }
}

// ---- Copies between containers that store header, delay and end in different ways.

bool is_copied(const Report& report) {
  return std::any_of(report.streams.begin(), report.streams.end(), [](const StreamPlan& stream) {
    return stream.kind == StreamKind::audio && stream.action == StreamAction::copy;
  });
}

/// Makes "in.<extension>" from music with the given ffmpeg options.
fs::path made_by_ffmpeg(const TemporaryFolder& folder, const fs::path& music, const std::string& options,
                        const std::string& extension) {
  const auto file = folder / ("in." + extension);
  const auto ran = run(fmt::format("ffmpeg -v error -y -f lavfi -i testsrc=d=3:s=64x64:r=10 -i {} {} {}",
                                   quoted(music), options, quoted(file)));
  EXPECT_EQ(ran.status, 0) << ran.output;
  return file;
}

class AdtsCopy : public testing::TestWithParam<std::tuple<std::string, std::string, bool>> {};

TEST_P(AdtsCopy, WritesOneGlobalHeader) {
  SKIP_WITHOUT_PROGRAMS("ffmpeg");
  NEED_SAMPLE(music, "short.wav");
  const auto& [from, to, piped] = GetParam();
  const TemporaryFolder folder;
  const auto file =
      made_by_ffmpeg(folder, music, from == "aac" ? "-map 1:a -c:a aac" : "-c:v mpeg2video -c:a aac", from);
  const auto out = folder / ("out." + to);
  std::vector<std::byte> forward;
  if (piped) {
    const auto content = read_file(file);
    ForwardReader reader(content, 4'000);
    std::string bytes;
    const auto outputs = single_output(std::make_unique<ForwardWriter>(bytes));
    const Input input{&reader, "in"};
    const auto report = Library().convert(std::span(&input, 1), *outputs, spec_of({"format=" + to}));
    ASSERT_TRUE(report) << report.error().message;
    EXPECT_TRUE(is_copied(*report));
    write_file(out, bytes);
  } else {
    EXPECT_TRUE(is_copied(converted(file, out)));
  }
  const auto ran = run(fmt::format("ffmpeg -v warning -i {} -f null - 2>&1", quoted(out)));
  EXPECT_EQ(ran.output, "");
  EXPECT_TRUE(decode(out).samples == decode(file).samples);
}

INSTANTIATE_TEST_SUITE_P(Of, AdtsCopy,
                         testing::Combine(testing::Values("aac", "ts"), testing::Values("m4a", "mka"),
                                          testing::Bool()),
                         [](const auto& of) {
                           return std::get<0>(of.param) + "_" + std::get<1>(of.param) +
                                  (std::get<2>(of.param) ? "_piped" : "");
                         });

// A LAME tag cannot express "no delay": with one, players would cut 529 samples or more.
TEST(Copy, KeepsAllSamplesOfMp3WithoutADelay) {
  SKIP_WITHOUT_PROGRAMS("ffmpeg", "mpg123");
  NEED_SAMPLE(music, "short.wav");
  const TemporaryFolder folder;
  for (const std::string extension : {"mkv", "avi", "flv", "mp3"}) {
    SCOPED_TRACE(extension);
    const auto file =
        made_by_ffmpeg(folder, music,
                       extension == "mp3" ? "-map 1:a -write_xing 0 -id3v2_version 0 -c:a libmp3lame"
                                          : "-c:v flv -c:a libmp3lame -ar 44100",
                       extension);
    const auto out = folder / "out.mp3";
    const auto report = converted(file, out);
    EXPECT_TRUE(is_copied(report));
    const auto source = decode(file);
    const auto result = decode(out);
    ASSERT_GE(result.frames(), source.frames());
    EXPECT_TRUE(result.part(0, source.frames()).samples == source.samples);
    // mpg123 skips the decoder delay if there is a Xing header.
    EXPECT_EQ(decode_by("mpg123 -q -w - " + quoted(out)).frames(), result.frames() - 529);
    const bool longer = result.frames() > source.frames();
    EXPECT_EQ(warned(report.warnings, WarningCode::padding), longer) << all_messages(report.warnings);
  }
}

/// FLAC in Ogg as FFmpeg writes it: STREAMINFO declares neither length nor MD5.
fs::path ogg_flac(const TemporaryFolder& folder, const fs::path& music) {
  const auto file = folder / "in.ogg";
  const auto ran =
      run(fmt::format("ffmpeg -v error -i {} -c:a flac -f ogg - >{}", quoted(music), quoted(file)));
  EXPECT_EQ(ran.status, 0) << ran.output;
  return file;
}

std::string total_samples(const fs::path& file) {
  return run("metaflac --show-total-samples " + quoted(file)).output;
}

TEST(Copy, OfFlacInOggDeclaresTheNumberOfSamples) {
  SKIP_WITHOUT_PROGRAMS("ffmpeg", "metaflac", "flac");
  NEED_SAMPLE(music, "short.wav");
  const TemporaryFolder folder;
  const auto file = ogg_flac(folder, music);
  const auto out = folder / "out.flac";
  EXPECT_TRUE(is_copied(converted(file, out)));
  EXPECT_EQ(total_samples(out), std::to_string(decode(music).frames()) + '\n');
  EXPECT_EQ(run("flac -s -t " + quoted(out) + " 2>&1").status, 0);
}

TEST(Copy, OfPipedFlacInOggDeclaresTheNumberOfSamples) {
  SKIP_WITHOUT_PROGRAMS("ffmpeg", "metaflac");
  NEED_SAMPLE(music, "short.wav");
  const TemporaryFolder folder;
  const auto content = read_file(ogg_flac(folder, music));
  ForwardReader reader(content, 4'000);
  const auto out = folder / "out.flac";
  const Input input{&reader, "in.ogg"};
  auto writer = create_file(out);
  ASSERT_TRUE(writer) << writer.error().message;
  const auto outputs = single_output(std::move(*writer));
  const auto report = Library().convert(std::span(&input, 1), *outputs, spec_of({"format=flac"}));
  ASSERT_TRUE(report) << report.error().message;
  EXPECT_EQ(total_samples(out), std::to_string(decode(music).frames()) + '\n');
}

TEST(Copy, OfFlacInOggToAPipeDeclaresTheNumberOfSamples) {
  SKIP_WITHOUT_PROGRAMS("ffmpeg", "metaflac");
  NEED_SAMPLE(music, "short.wav");
  const TemporaryFolder folder;
  auto reader = open_file(ogg_flac(folder, music));
  ASSERT_TRUE(reader) << reader.error().message;
  std::string bytes;
  const auto outputs = single_output(std::make_unique<ForwardWriter>(bytes));
  const Input input{reader->get(), "in.ogg"};
  ASSERT_TRUE(Library().convert(std::span(&input, 1), *outputs, spec_of({"format=flac"})));
  write_file(folder / "out.flac", bytes);
  EXPECT_EQ(total_samples(folder / "out.flac"), std::to_string(decode(music).frames()) + '\n');
}

TEST(Probe, NamesTheContainerOfFlacInOgg) {
  SKIP_WITHOUT_PROGRAMS("ffmpeg");
  NEED_SAMPLE(music, "short.wav");
  const TemporaryFolder folder;
  auto reader = open_file(ogg_flac(folder, music));
  ASSERT_TRUE(reader) << reader.error().message;
  const auto info = Library().probe({reader->get(), "in.ogg"});
  ASSERT_TRUE(info) << info.error().message;
  EXPECT_EQ(info->title, "Ogg audio");
  EXPECT_EQ(info->streams.at(0).codec, "flac");
}

TEST(Copy, KeepsTheExactEndOfOpus) {
  SKIP_WITHOUT_PROGRAMS("ffmpeg");
  NEED_SAMPLE(music, "short.wav");
  const TemporaryFolder folder;
  const auto file = made_by_ffmpeg(folder, music, "-map 1:a -c:a libopus", "webm");
  for (const std::string to : {"opus", "mka", "opus", "ogg"}) {
    const auto out = folder / ("out." + to);
    converted(file, out, {"codec=copy"});
    EXPECT_EQ(decode(out).frames(), decode(file).frames()) << to;
  }
  converted(folder / "out.opus", folder / "again.opus");
  EXPECT_EQ(decode(folder / "again.opus").frames(), decode(file).frames());
}

}  // namespace
}  // namespace convert::test
