// SPDX-License-Identifier: MIT
#include "command_line.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <filesystem>

#include "limits.hpp"
#include "text.hpp"

namespace convert_file {
namespace {

using convert::Errc;
using convert::Error;
using convert::Result;
using std::string_view;

Error usage(std::string message) { return {Errc::invalid_argument, std::move(message)}; }

bool is_option_name(string_view name) {
  if (name.starts_with("tags.")) return true;
  const auto options = convert::spec_options();
  return std::any_of(options.begin(), options.end(), [&](const auto& option) { return option.name == name; });
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
    if (word.starts_with('-') && word != standard_stream) return flag(word);
    const auto equals = word.find('=');
    if (equals == string_view::npos || word.find('/') < equals) return file(word);
    const auto name = word.substr(0, equals);
    if (is_option_name(name)) return convert::set_option(line_.spec, name, word.substr(equals + 1));
    return is_misspelt(word, name) ? misspelt(word, name) : file(word);
  }

  /// A word with "=" whose name is no option may be the name of a file, or a slip.
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
    return Error{refused.error().code, fmt::format("{} (A file of that name is written ./{})",
                                                   refused.error().message, clean(word))};
  }

  Result<void> file(string_view word) {
    if (word.empty()) return usage("An empty word is no name of a file.");
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
    return usage(fmt::format("There is no flag \"{}\". A file of that name is written ./{}, or after --.",
                             clean(name), clean(name)));
  }

  Result<void> action(Action action) {
    // --help wins, wherever it stands.
    if (line_.action == Action::help || action == Action::help) {
      line_.action = Action::help;
    } else if (line_.action != Action::convert && line_.action != action) {
      return usage("Only one of --probe, --plan, --formats and --version can be asked for at a time.");
    } else {
      line_.action = action;
    }
    return {};
  }

  /// The value of a flag: after "=", or the next word.
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

  /// Which of the files is the output.
  Result<void> assign_files() {
    if (line_.action == Action::help || line_.action == Action::version) return {};
    if (line_.action == Action::formats) {
      return files_.empty() ? Result<void>() : usage("--formats takes no file; --probe says what a file is.");
    }
    const bool has_output =
        line_.action == Action::convert ||
        (line_.action == Action::plan && (files_.size() > 1 || line_.spec.format.empty()));
    if (files_.empty()) {
      return usage(has_output ? "Which file into which? convert-file IN... OUT"
                              : "Which file? It is missing.");
    }
    if (has_output) {
      if (files_.size() < 2) {
        return usage(fmt::format("\"{}\" into which file? convert-file IN... OUT", clean(files_[0])));
      }
      line_.output = std::move(files_.back());
      files_.pop_back();
    }
    if (std::count(files_.begin(), files_.end(), standard_stream) > 1) {
      return usage("'-' can be an input only once: there is one standard input.");
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

}  // namespace

Result<CommandLine> parse(std::span<const string_view> words, const convert::Library& library) {
  return Parser(words, library).parse();
}

}  // namespace convert_file
