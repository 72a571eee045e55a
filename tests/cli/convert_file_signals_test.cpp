// SPDX-License-Identifier: MIT
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>

#include <filesystem>

#include "cli/run_program.hpp"

namespace convert::test {
namespace {

using testing::ElementsAre;
using testing::EndsWith;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::StartsWith;

class ConvertFileSignalTest : public TemporaryFolderTest {
 protected:
  /// Writes a WAV of unknown length until the program has read 16 MiB.
  static void keep_busy(const RunningProgram& program) {
    auto wav = read("song.wav");
    wav.replace(4, 4, "\xFF\xFF\xFF\xFF");
    const auto data = wav.find("data");
    wav.replace(data + 4, 4, "\xFF\xFF\xFF\xFF");
    program.feed(wav);
    const std::string more(1 << 20, '\x11');
    for (int i = 0; i < 16; ++i) program.feed(more);
  }
};

TEST_F(ConvertFileSignalTest, RemovesTheOutputOnASignal) {
  SKIP_WITHOUT_MUSIC();
  for (const int number : {SIGINT, SIGTERM, SIGHUP}) {
    auto program = RunningProgram::with_pipe({"-q", "-", "out.flac"});
    keep_busy(program);
    program.signal(number);
    EXPECT_EQ(program.wait(), 130);
    EXPECT_THAT(names(), ElementsAre("song.wav"));
  }
}

TEST_F(ConvertFileSignalTest, KeepsTheExistingFileOnASignal) {
  SKIP_WITHOUT_MUSIC();
  write("out.flac", "what was there");
  auto program = RunningProgram::with_pipe({"-q", "-", "out.flac"});
  keep_busy(program);
  program.signal(SIGINT);
  EXPECT_EQ(program.wait(), 130);
  EXPECT_EQ(read("out.flac"), "what was there");
  EXPECT_THAT(names(), ElementsAre("out.flac", "song.wav"));
}

class TerminalTest : public TemporaryFolderTest {
 protected:
  static constexpr const char* song = "/usr/share/games/singularity/music/Awakening.ogg";
  static bool have_song() { return std::filesystem::exists(song); }
  static std::string screen_of(const std::vector<std::string>& words,
                               const std::vector<std::string>& environment) {
    auto program = RunningProgram::on_terminal(words, environment);
    auto text = program.screen();
    EXPECT_EQ(program.wait(), 0) << text;
    return text;
  }
};

#define SKIP_WITHOUT_SONG() \
  if (!have_song()) GTEST_SKIP() << "needs the package singularity-music"

TEST_F(TerminalTest, ShowsProgressAndTheResult) {
  SKIP_WITHOUT_SONG();
  const auto screen = screen_of({song, "out.opus", "end=60"}, {"TERM=xterm"});
  EXPECT_THAT(screen, HasSubstr(" %"));
  EXPECT_THAT(screen, HasSubstr("\033[32m#"));
  EXPECT_THAT(screen, HasSubstr("out.opus: "));
  EXPECT_THAT(screen, HasSubstr(" x real time)\r\n"));
}

TEST_F(TerminalTest, NoColorDisablesColours) {
  SKIP_WITHOUT_SONG();
  const auto screen = screen_of({song, "out.opus", "end=60"}, {"TERM=xterm", "NO_COLOR=1"});
  EXPECT_THAT(screen, HasSubstr(" [#"));
  EXPECT_THAT(screen, Not(HasSubstr("\033[32m")));
}

TEST_F(TerminalTest, DumbTerminalGetsOneLine) {
  SKIP_WITHOUT_SONG();
  const auto screen = screen_of({song, "out.opus", "end=60"}, {"TERM=dumb"});
  EXPECT_THAT(screen, StartsWith("out.opus: "));
  EXPECT_THAT(screen, EndsWith(" x real time)\r\n"));
  EXPECT_THAT(screen, Not(HasSubstr("\033")));
}

TEST_F(TerminalTest, QuietShowsNothing) {
  SKIP_WITHOUT_SONG();
  EXPECT_EQ(screen_of({"--quiet", song, "out.opus", "end=60"}, {"TERM=xterm"}), "");
}

TEST_F(TerminalTest, RefusesBinaryOutput) {
  write("a.txt", "text");
  auto program = RunningProgram::on_terminal({"a.txt", "-", "format=zip"}, {"TERM=xterm"});
  EXPECT_THAT(program.screen(), HasSubstr("to a file or a pipe"));
  EXPECT_EQ(program.wait(), 2);
}

}  // namespace
}  // namespace convert::test
