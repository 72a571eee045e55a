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
inline constexpr std::string_view standard_stream = "-";

}  // namespace convert_file
