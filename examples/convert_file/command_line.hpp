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

/// What the program tells the shell. Documented in --help: never renumber.
enum class ExitCode : int {
  done = 0,
  failed = 1,       ///< the input cannot be converted
  usage = 2,        ///< the command line asks for something that cannot be
  files = 3,        ///< an input or output could not be opened, read or written
  limit = 4,        ///< a limit or the time ran out
  cancelled = 130,  ///< as a shell says of a program that Ctrl-C ended
};

ExitCode exit_code(convert::Errc code) noexcept;

enum class Action { convert, plan, probe, formats, help, version };

/// The command line, understood.
struct CommandLine {
  Action action = Action::convert;
  bool json = false;
  bool quiet = false;
  unsigned threads = 0;
  std::optional<std::chrono::nanoseconds> timeout;
  convert::Limits limits;
  convert::OutputSpec spec;
  std::vector<std::string> inputs;
  std::string output;  ///< empty for actions that write nothing
};

/// Errors: `invalid_argument` and `unsupported`, with a sentence that says what to type instead.
convert::Result<CommandLine> parse(std::span<const std::string_view> words, const convert::Library& library);

/// The text of --help.
std::string help();

/// What is taken for standard input and output.
inline constexpr std::string_view kStandardStream = "-";

/// Sets one field of Limits from a word: "output_bytes=2G", "duration=3600". Errors: `invalid_argument`.
convert::Result<void> set_limit(convert::Limits& limits, std::string_view word);

/// One line for each, for --help.
std::string limits_help();

/// What the output is to become: what format= says, else what the names say. Errors: `invalid_argument`.
convert::Result<std::string> target_format(const CommandLine& line, const convert::Library& library);

}  // namespace convert_file
