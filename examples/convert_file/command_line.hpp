// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <convert/convert.hpp>

namespace convert_file {

/// Exit codes, documented in --help. Never renumber.
enum class ExitCode : int {
  done = 0,
  failed = 1,       ///< the input cannot be converted
  usage = 2,        ///< invalid command line
  files = 3,        ///< an input or output could not be opened, read or written
  limit = 4,        ///< a limit or the timeout was exceeded
  cancelled = 130,  ///< the exit code that shells use after Ctrl-C
};

ExitCode exit_code(convert::Errc code) noexcept;

enum class Action { convert, plan, probe, formats, help, version };

/// The parsed command line.
struct CommandLine {
  Action action = Action::convert;
  bool json = false;
  bool quiet = false;
  unsigned threads = 0;
  std::optional<std::chrono::nanoseconds> timeout;
  convert::Limits limits;
  convert::OutputSpec spec;
  std::vector<std::string> inputs;
  std::string output;                            ///< empty for actions without an output
  const convert::Format* help_format = nullptr;  ///< for --help FORMAT; else null
};

/// Errors: `invalid_argument` and `unsupported`, with a message that names the remedy.
convert::Result<CommandLine> parse(std::span<const std::string_view> words, const convert::Library& library);

/// The text of --help.
std::string help();

/// The text of --help FORMAT: its codecs and the exact values of its options.
std::string help(const convert::Format& format);

/// The file name of the standard input and output.
inline constexpr std::string_view kStandardStream = "-";

/// Sets one limit from a word such as "output_bytes=2G". Errors: `invalid_argument`.
convert::Result<void> set_limit(convert::Limits& limits, std::string_view word);

/// The limits for --help, one a line.
std::string limits_help();

/// The target format: format=NAME, else by the file names. Errors: `invalid_argument`.
convert::Result<std::string> target_format(const CommandLine& line, const convert::Library& library);

}  // namespace convert_file
