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

The format of IN is detected from its content. The format of OUT is its extension, or format=NAME.
"-" is the standard input or output. OUT is replaced when the conversion is complete: a conversion
that fails or is stopped leaves an existing file unchanged.

Examples
  convert-file song.flac song.mp3                        with the defaults of the format
  convert-file song.wav song.opus bitrate=96k            with a bit rate
  convert-file talk.mp4 talk.m4a                         the audio of a video; copied if possible
  convert-file a.mp3 b.mp3 loudness=-16 tags.title=Hello normalized loudness, new title
  convert-file a.ogg part.ogg start=1:00 end=1:30        30 seconds of it
  convert-file notes.txt picture.png things.zip          several files into an archive
  convert-file things.zip things.tar.zst level=19        one archive into another
  convert-file things.zip notes.txt entry=notes.txt      one file out of an archive
  cat song.mp3 | convert-file - - format=flac | flac -t -
  convert-file --probe --json song.mp3                   describe a file, as JSON
  convert-file --plan talk.mp4 talk.ogg                  show what would be done, and why

Options, anywhere on the line
)";

constexpr std::string_view kFlags = R"(
A word that starts with one of these names and "=" is an option. For a file with such a name, write
./title=x.mp3, or put it after "--". In brackets: the accepted values.

Flags
  --probe            describe the files
  --plan             show what would be done with each stream: copy, encode or drop
  --formats          list the formats
  --json             print the result of these three and of a conversion as JSON, one line each;
                     print errors as JSON on the standard error output
  --quiet, -q        no progress, no warnings; errors only
  --threads N        use at most N threads (default: one per core)
  --timeout SECONDS  stop after this time
  --limit NAME=VALUE reject inputs that exceed a limit; can be repeated:
)";

constexpr std::string_view kEnding = R"(  --version          print the version
  --help, -h         print this text; --help FORMAT prints the options of a format
  --                 all words after it are files

A terminal shows progress. The environment variable NO_COLOR disables colours; TERM=dumb disables
the progress bar.

Exit codes
  0    done
  1    the input cannot be converted: damaged, empty, encrypted, unknown, without audio, ...
  2    invalid command line
  3    an input or the output cannot be opened, read or written
  4    a limit or --timeout was exceeded
  130  stopped by Ctrl-C (SIGINT), SIGTERM or SIGHUP
)";

constexpr std::size_t kOptionColumn = 17;

/// "8000 to 320000 bit/s" or "s16, s24".
std::string range_text(const convert::OptionRange& range) {
  const auto unit = range.unit.empty() ? "" : fmt::format(" {}", range.unit);
  if (!range.values.empty()) return fmt::format("{}{}", fmt::join(range.values, ", "), unit);
  return fmt::format("{} to {}{}", range.min, range.max, unit);
}

/// The values of an option in a format, for each codec if they have a range each.
std::string values_text(const convert::SpecOption& option, const convert::Format& format) {
  std::string text;
  for (const auto& range : format.option_ranges) {
    if (range.option != option.name) continue;
    if (!text.empty()) text += "; ";
    if (format.codecs.size() > 1) text += fmt::format("{}: ", range.codec);
    text += range_text(range);
  }
  if (option.name == "audio_codec") return fmt::format("{} or copy", fmt::join(format.codecs, ", "));
  return text.empty() ? std::string(option.allowed) : text;
}

std::string option_line(const convert::SpecOption& option, std::string_view allowed) {
  const auto name = option.type == "object" ? fmt::format("{}.NAME", option.name) : std::string(option.name);
  return fmt::format("  {:<{}}{}\n", name, kOptionColumn - 2,
                     wrapped(fmt::format("{} [{}]", option.meaning, allowed), kOptionColumn));
}

}  // namespace

std::string help(const convert::Format& format) {
  auto text = fmt::format("{}: {}\n", format.name, format.title);
  if (!format.writable) return text + "This format can only be read.\n";
  for (const auto& option : convert::spec_options()) {
    for (const auto name : format.options) {
      if (name == option.name) text += option_line(option, values_text(option, format));
    }
  }
  return text;
}

std::string help() {
  std::string text(kIntroduction);
  for (const auto& option : convert::spec_options()) text += option_line(option, option.allowed);
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
