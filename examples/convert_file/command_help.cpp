// SPDX-License-Identifier: MIT
#include <fmt/format.h>

#include "command_line.hpp"
#include "report_text.hpp"

namespace convert_file {
namespace {

constexpr std::string_view kIntroduction = R"(convert-file: converts audio files and archives.

  convert-file IN... OUT [OPTION=VALUE...] [FLAG...]
  convert-file --probe FILE...
  convert-file --plan IN... OUT [OPTION=VALUE...]
  convert-file --formats

What IN is, its content says. What OUT becomes, its extension says, or format=NAME.
"-" is the standard input or output. OUT appears when all of it is there, and not before:
a conversion that fails or is stopped leaves what was there untouched.

Examples
  convert-file song.flac song.mp3                        by the defaults of the format
  convert-file song.wav song.opus bitrate=96k            at a bit rate
  convert-file talk.mp4 talk.m4a                         the sound of a video; copied if it fits
  convert-file a.mp3 b.mp3 loudness=-16 tags.title=Hello louder or softer, with a new title
  convert-file a.ogg part.ogg start=1:00 end=1:30        half a minute of it
  convert-file notes.txt picture.png things.zip          several files into an archive
  convert-file things.zip things.tar.zst level=19        one archive into another
  convert-file things.zip notes.txt entry=notes.txt      one file out of an archive
  cat song.mp3 | convert-file - - format=flac | flac -t -
  convert-file --probe --json song.mp3                   what is in it, for programs
  convert-file --plan talk.mp4 talk.ogg                  what would be done, and why

Options, anywhere on the line
)";

constexpr std::string_view kFlags = R"(
A word that begins with one of these names and "=" is an option. To name a file like that,
write ./title=x.mp3, or put it after "--". In brackets: what may stand after "=".

Flags
  --probe            say what is in the files
  --plan             say what would be done, stream by stream: copy, encode or drop
  --formats          list the formats
  --json             with these three, and after a conversion: JSON on the standard output, one line
                     for each answer; errors as JSON on the standard error output
  --quiet, -q        no progress, no warnings; errors only
  --threads N        at most N threads at work (else as many as there are cores)
  --timeout SECONDS  give up after so long
  --limit NAME=VALUE refuse inputs that need more (several may be given):
)";

constexpr std::string_view kEnding = R"(  --version          the version
  --help, -h         this text
  --                 all words after it are files

On a terminal, progress is shown there. NO_COLOR in the environment takes the colours away,
TERM=dumb the moving bar.

Exit codes
  0    done
  1    the input cannot be converted: damaged, empty, encrypted, unknown, without sound, ...
  2    the command line asks for something that cannot be
  3    an input or the output could not be opened, read or written
  4    a limit was passed, or the time of --timeout ran out
  130  stopped by Ctrl-C (SIGINT), SIGTERM or SIGHUP
)";

}  // namespace

std::string help() {
  constexpr std::size_t column = 17;
  std::string text(kIntroduction);
  for (const auto& option : convert::spec_options()) {
    const auto name =
        option.type == "object" ? fmt::format("{}.NAME", option.name) : std::string(option.name);
    text += fmt::format("  {:<{}}{}\n", name, column - 2,
                        wrapped(fmt::format("{} [{}]", option.meaning, option.allowed), column));
  }
  text += kFlags;
  const auto limits = limits_help();
  for (std::string_view rest = limits; !rest.empty();) {
    const auto line = rest.substr(0, rest.find('\n') + 1);
    text += fmt::format("                   {}", line);
    rest.remove_prefix(line.size());
  }
  text += kEnding;
  return text;
}

}  // namespace convert_file
