// SPDX-License-Identifier: MIT
#include "command_line.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <filesystem>
#include <limits>
#include <optional>

#include "report_text.hpp"

namespace convert_file {
namespace {

using convert::Errc;
using convert::Error;
using convert::Limits;

/// A number, with a unit of 1024 for sizes, such as "1.5G".
std::optional<double> read_number(std::string_view text, bool with_unit) {
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || !(value >= 0) || value > 1e18) return {};
  const std::string_view unit(end, static_cast<std::size_t>(text.data() + text.size() - end));
  if (unit.empty()) return value;
  constexpr std::string_view units = "KMGT";
  const auto power = unit.size() == 1 ? units.find(unit[0]) : std::string_view::npos;
  if (!with_unit || power == std::string_view::npos) return {};
  for (std::size_t i = 0; i <= power; ++i) value *= 1024;
  return value < 1e18 ? std::optional(value) : std::nullopt;
}

struct LimitRow {
  std::string_view name;
  std::string_view allowed;
  bool with_unit;
  void (*set)(Limits&, double);
  std::string_view meaning;
};

template <auto Member>
void set_count(Limits& limits, double value) {
  using Count = std::remove_reference_t<decltype(limits.*Member)>;
  constexpr auto max = std::numeric_limits<Count>::max();
  limits.*Member = value < static_cast<double>(max) ? static_cast<Count>(value) : max;
}

template <auto Member>
void set_time(Limits& limits, double value) {
  // Nanoseconds overflow at 292 years.
  limits.*Member = std::chrono::nanoseconds(static_cast<std::int64_t>(std::min(value, 9e9) * 1e9));
}

constexpr std::string_view kSizeUnit = "bytes, or 64K, 20M, 2G";
constexpr std::string_view kNoUnit = "";
constexpr std::string_view kSecondsUnit = "seconds";

constexpr std::array kLimitRows{
    LimitRow{"input_bytes", kSizeUnit, true, set_count<&Limits::input_bytes>, "of each input"},
    LimitRow{"output_bytes", kSizeUnit, true, set_count<&Limits::output_bytes>, "of all outputs together"},
    LimitRow{"duration", kSecondsUnit, false, set_time<&Limits::duration>, "of the source's audio"},
    LimitRow{"streams", kNoUnit, false, set_count<&Limits::streams>, "in one input"},
    LimitRow{"channels", kNoUnit, false, set_count<&Limits::channels>, "in one stream"},
    LimitRow{"sample_rate", kNoUnit, false, set_count<&Limits::sample_rate>, "in Hz"},
    LimitRow{"metadata_bytes", kSizeUnit, true, set_count<&Limits::metadata_bytes>,
             "tags and cover art of one input"},
    LimitRow{"archive_entries", kNoUnit, false, set_count<&Limits::archive_entries>, "in one input"},
    LimitRow{"archive_ratio", kNoUnit, false,
             [](Limits& limits, double value) { limits.archive_ratio = value; },
             "unpacked to packed bytes, once 16 MiB are unpacked"},
    LimitRow{"wall_time", kSecondsUnit, false, set_time<&Limits::wall_time>, "that the conversion takes"},
};

using convert::Result;
using std::string_view;

Error usage(std::string message) { return {Errc::invalid_argument, std::move(message)}; }

/// Short names (bitrate for audio_bitrate) are option names too.
bool is_option_name(string_view name) {
  if (name.starts_with("tags.")) return true;
  convert::OutputSpec unused;
  const auto set = convert::set_option(unused, name, "");
  return set || set.error().code != Errc::unsupported;
}

class Parser {
 public:
  Parser(std::span<const string_view> words, const convert::Library& library)
      : words_(words), library_(library) {}

  Result<CommandLine> parse() {
    bool only_files = false;
    while (next_ < words_.size()) {
      const auto word = words_[next_++];
      if (!only_files && word == "--") {
        only_files = true;
        continue;
      }
      const auto done = only_files ? file(word) : take(word);
      if (!done) return done.error();
    }
    if (const auto done = assign_files(); !done) return done.error();
    return std::move(line_);
  }

 private:
  Result<void> take(string_view word) {
    if (word.starts_with('-') && word != kStandardStream) return flag(word);
    const auto equals = word.find('=');
    if (equals == string_view::npos || word.find('/') < equals) return file(word);
    const auto name = word.substr(0, equals);
    if (is_option_name(name)) return convert::set_option(line_.spec, name, word.substr(equals + 1));
    return is_misspelt(word, name) ? misspelt(word, name) : file(word);
  }

  /// A word with "=" that is not an option may be a file name or a misspelt option.
  bool is_misspelt(string_view word, string_view name) const {
    const bool like_a_name = !name.empty() && std::all_of(name.begin(), name.end(), [](char c) {
      return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c == '-' || c == '.';
    });
    std::error_code ignored;
    return like_a_name && library_.format_for_file_name(word) == nullptr &&
           !std::filesystem::exists(word, ignored);
  }

  static Result<void> misspelt(string_view word, string_view name) {
    convert::OutputSpec unused;
    const auto refused = convert::set_option(unused, name, word.substr(name.size() + 1));
    if (refused) return {};
    return Error{refused.error().code, fmt::format("{} (For a file with this name, write ./{})",
                                                   refused.error().message, clean(word))};
  }

  Result<void> file(string_view word) {
    if (word.empty()) return usage("A file name is empty.");
    files_.emplace_back(word);
    return {};
  }

  Result<void> flag(string_view word) {
    const auto equals = word.find('=');
    const auto name = word.substr(0, equals);
    if (equals != string_view::npos) attached_ = word.substr(equals + 1);
    auto done = flag_named(name);
    if (done && attached_) return usage(fmt::format("{} takes no value.", name));
    return done;
  }

  Result<void> flag_named(string_view name) {
    if (name == "--help" || name == "-h") return action(Action::help);
    if (name == "--version") return action(Action::version);
    if (name == "--probe") return action(Action::probe);
    if (name == "--plan") return action(Action::plan);
    if (name == "--formats") return action(Action::formats);
    if (name == "--json") return line_.json = true, Result<void>();
    if (name == "--quiet" || name == "-q") return line_.quiet = true, Result<void>();
    if (name == "--threads") return threads();
    if (name == "--timeout") return timeout();
    if (name == "--limit") {
      const auto word = value("--limit", "NAME=VALUE");
      return word ? set_limit(line_.limits, *word) : word.error();
    }
    return usage(
        fmt::format("Unknown flag \"{}\". For a file with this name, write ./{}, or put it after --.",
                    clean(name), clean(name)));
  }

  Result<void> action(Action action) {
    // --help has precedence.
    if (line_.action == Action::help || action == Action::help) {
      line_.action = Action::help;
    } else if (line_.action != Action::convert && line_.action != action) {
      return usage("Only one of --probe, --plan, --formats and --version can be used.");
    } else {
      line_.action = action;
    }
    return {};
  }

  /// The value of a flag: the text after "=", or the next word.
  Result<string_view> value(string_view flag, string_view what) {
    if (attached_) return *std::exchange(attached_, std::nullopt);
    if (next_ == words_.size()) return usage(fmt::format("{} needs a value: {} {}.", flag, flag, what));
    return words_[next_++];
  }

  Result<void> threads() {
    const auto text = value("--threads", "NUMBER");
    if (!text) return text.error();
    const auto [end, error] = std::from_chars(text->data(), text->data() + text->size(), line_.threads);
    if (error != std::errc() || end != text->data() + text->size() || line_.threads < 1 ||
        line_.threads > 1024) {
      return usage(fmt::format("--threads: \"{}\" is not a number from 1 to 1024.", clean(*text)));
    }
    return {};
  }

  Result<void> timeout() {
    const auto text = value("--timeout", "SECONDS");
    if (!text) return text.error();
    double seconds = 0;
    const auto [end, error] = std::from_chars(text->data(), text->data() + text->size(), seconds);
    if (error != std::errc() || end != text->data() + text->size() || !(seconds > 0) || seconds > 1e9) {
      return usage(fmt::format("--timeout: \"{}\" is not a number of seconds above 0.", clean(*text)));
    }
    line_.timeout = std::chrono::nanoseconds(static_cast<std::int64_t>(seconds * 1e9));
    return {};
  }

  /// Decides which file is the output.
  Result<void> assign_files() {
    if (line_.action == Action::version) return {};
    if (line_.action == Action::help) {
      if (files_.size() == 1) line_.help_format = convert::find_format(library_.formats(), files_[0]);
      return {};
    }
    if (line_.action == Action::formats) {
      return files_.empty() ? Result<void>()
                            : usage("--formats takes no file. Use --probe to describe a file.");
    }
    const bool has_output =
        line_.action == Action::convert ||
        (line_.action == Action::plan && (files_.size() > 1 || line_.spec.format.empty()));
    if (files_.empty()) {
      return usage(has_output ? "IN and OUT are missing. Usage: convert-file IN... OUT"
                              : "A file is missing.");
    }
    if (has_output) {
      if (files_.size() < 2) {
        return usage(fmt::format("The output is missing after \"{}\". Usage: convert-file IN... OUT",
                                 clean(files_[0])));
      }
      line_.output = std::move(files_.back());
      files_.pop_back();
    }
    if (std::count(files_.begin(), files_.end(), kStandardStream) > 1) {
      return usage("'-' can be an input only once.");
    }
    line_.inputs = std::move(files_);
    return {};
  }

  std::span<const string_view> words_;
  const convert::Library& library_;
  std::size_t next_ = 0;
  std::optional<string_view> attached_;
  std::vector<std::string> files_;
  CommandLine line_;
};

namespace fs = std::filesystem;

/// The name of the file to extract from the input: the entry, or "notes.txt" of "notes.txt.gz".
std::string name_inside(const CommandLine& line, const convert::Library& library) {
  if (!line.spec.entry.empty()) return line.spec.entry;
  if (line.inputs.size() != 1) return {};
  const fs::path input = line.inputs[0];
  const auto* format = library.format_for_file_name(input);
  constexpr std::array<std::string_view, 4> single{"gz", "bz2", "xz", "zst"};
  const bool is_single =
      format != nullptr && std::find(single.begin(), single.end(), format->name) != single.end();
  return is_single ? input.stem().string() : std::string();
}

}  // namespace

ExitCode exit_code(convert::Errc code) noexcept {
  using convert::Errc;
  switch (code) {
    case Errc::invalid_argument:
    case Errc::unsupported:
      return ExitCode::usage;
    case Errc::io:
    case Errc::unavailable:
      return ExitCode::files;
    case Errc::limit_exceeded:
    case Errc::decompression_bomb:
    case Errc::deadline_exceeded:
      return ExitCode::limit;
    case Errc::cancelled:
      return ExitCode::cancelled;
    default:
      return ExitCode::failed;
  }
}

convert::Result<void> set_limit(Limits& limits, std::string_view word) {
  const auto equals = word.find('=');
  const auto name = word.substr(0, equals);
  for (const auto& row : kLimitRows) {
    if (row.name != name) continue;
    const auto text = equals == std::string_view::npos ? std::string_view() : word.substr(equals + 1);
    const auto value = read_number(text, row.with_unit);
    if (!value) {
      return Error{Errc::invalid_argument,
                   fmt::format("--limit {}: \"{}\" is not a number{}.", name, clean(text),
                               row.allowed.empty() ? "" : fmt::format(" of {}", row.allowed))};
    }
    row.set(limits, *value);
    return {};
  }
  std::string names;
  for (const auto& row : kLimitRows) names += fmt::format("{}{}", names.empty() ? "" : ", ", row.name);
  return Error{Errc::invalid_argument,
               fmt::format("--limit: unknown limit \"{}\". Limits: {}.", clean(name), names)};
}

std::string limits_help() {
  std::string text;
  for (const auto& row : kLimitRows) {
    const auto unit = row.allowed.empty() ? std::string() : fmt::format(" ({})", row.allowed);
    text += fmt::format("  {:<16} {}{}\n", row.name, row.meaning, unit);
  }
  return text;
}

Result<CommandLine> parse(std::span<const string_view> words, const convert::Library& library) {
  return Parser(words, library).parse();
}

convert::Result<std::string> target_format(const CommandLine& line, const convert::Library& library) {
  if (!line.spec.format.empty()) return line.spec.format;
  if (line.output == kStandardStream) {
    return Error{Errc::invalid_argument,
                 "The format of the standard output is required: format=NAME, such as format=mp3."};
  }
  const fs::path output = line.output;
  const auto* format = library.format_for_file_name(output);
  const fs::path inside = name_inside(line, library);
  const bool same_kind = inside.extension() == output.extension() ||
                         (format != nullptr && library.format_for_file_name(inside) == format);
  // The extracted file has the target format already, so it is copied unchanged.
  if (!inside.empty() && (format == nullptr || same_kind)) return std::string("raw");
  if (format != nullptr) return std::string(format->name);
  return Error{Errc::invalid_argument,
               fmt::format("The extension of \"{}\" is not a known format. Use format=NAME. "
                           "convert-file --formats lists them.",
                           clean(line.output))};
}

}  // namespace convert_file
