// SPDX-License-Identifier: MIT
#include "options/command_line.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

#include "options/passwords.hpp"

namespace convertd {
namespace {

using std::string_view;

struct CommandRow {
  Command command;
  string_view noun, verb;  ///< the verb may be empty
  string_view names;       ///< the arguments, for the usage
  std::size_t count;
};

constexpr std::array kCommands{
    CommandRow{Command::user_add, "user", "add", "[--admin] NAME EMAIL", 2},
    CommandRow{Command::user_list, "user", "list", "", 0},
    CommandRow{Command::user_disable, "user", "disable", "NAME", 1},
    CommandRow{Command::user_enable, "user", "enable", "NAME", 1},
    CommandRow{Command::user_password, "user", "password", "NAME", 1},
    CommandRow{Command::secret_rotate, "secret", "rotate", "", 0},
    CommandRow{Command::secret_stage, "secret", "stage", "", 0},
    CommandRow{Command::secret_activate, "secret", "activate", "", 0},
    CommandRow{Command::secret_retire, "secret", "retire", "", 0},
    CommandRow{Command::migrate, "migrate", "", "", 0},
    CommandRow{Command::check, "check", "", "", 0},
};

std::string usage_of(const CommandRow& row) {
  std::string usage("convertd");
  for (const auto word : {row.noun, row.verb, row.names}) {
    if (!word.empty()) usage.append(" ").append(word);
  }
  return usage;
}

/// Lists the commands with that noun, or all commands if the noun is unknown.
Error unknown_command(string_view noun) {
  const bool known =
      std::any_of(kCommands.begin(), kCommands.end(), [&](const auto& row) { return row.noun == noun; });
  std::string usages;
  for (const auto& row : kCommands) {
    if (!known || row.noun == noun) usages += fmt::format("{}{}", usages.empty() ? "" : "; ", usage_of(row));
  }
  return usage_error(fmt::format("Unknown command. Commands: {}.", usages));
}

/// Other users of the machine can read the command line of a process.
Error visible_secret(const Option& option) {
  return usage_error(
      fmt::format("Secrets are not accepted on the command line, where other users can read them. Set {} in "
                  "the environment, or \"{} = ...\" in the configuration file.",
                  environment_name(option.name), option.name));
}

Result<void> check_visible(const OptionValue& value) {
  if (value.option->sensitivity != Sensitivity::uri || !has_password(value.text)) return {};
  return usage_error(fmt::format(
      "{}: A password is not accepted on the command line, where other users can read it. Set {}, "
      "DATABASE_URL or PGPASSWORD in the environment, or write the URI into the configuration "
      "file.",
      value.where, environment_name(value.option->name)));
}

class Parser {
 public:
  Parser(std::span<const string_view> words, const std::vector<OptionGroup>& table)
      : words_(words), table_(table) {}

  Result<CommandLine> parse() {
    while (next_ < words_.size()) {
      const auto word = words_[next_++];
      if (word == "--") {
        positional_.insert(positional_.end(), words_.begin() + static_cast<std::ptrdiff_t>(next_),
                           words_.end());
        break;
      }
      if (word == "--help" || word == "-h") return only(Command::help);
      if (word == "--version") return only(Command::version);
      if (!word.starts_with('-')) {
        positional_.push_back(word);
      } else if (auto taken = flag(word); !taken) {
        return taken.error();
      }
    }
    if (auto done = command(); !done) return done.error();
    return std::move(line_);
  }

 private:
  static CommandLine only(Command command) { return CommandLine{command, {}, false, {}}; }

  Result<void> flag(string_view word) {
    if (word == "--admin") {
      line_.admin = true;
      return {};
    }
    const auto equals = word.find('=');
    const auto name = word.starts_with("--")
                          ? word.substr(2, equals == string_view::npos ? equals : equals - 2)
                          : string_view();
    const Option* option = find_option(table_, name);
    if (option == nullptr) return unknown_option(table_, word.substr(0, equals));
    if (option->sensitivity == Sensitivity::secret) return visible_secret(*option);
    OptionValue value{option, {}, fmt::format("--{}", option->name)};
    if (equals != string_view::npos) {
      value.text = word.substr(equals + 1);
    } else if (option->value.empty()) {
      value.text = "on";
    } else if (next_ < words_.size()) {
      value.text = words_[next_++];
    } else {
      return usage_error(fmt::format("{} needs a value: {}.", value.where, option->value));
    }
    if (auto good = check_visible(value); !good) return good;
    return add_value(line_.options, std::move(value));
  }

  Result<void> command() {
    if (positional_.empty()) {
      return line_.admin ? usage_error("--admin is only valid in: convertd user add --admin NAME EMAIL.")
                         : Result<void>();
    }
    const auto verb = positional_.size() > 1 ? positional_[1] : string_view();
    const auto row = std::find_if(kCommands.begin(), kCommands.end(), [&](const auto& one) {
      return one.noun == positional_[0] && one.verb == verb;
    });
    if (row == kCommands.end()) return unknown_command(positional_[0]);
    const std::size_t words = row->verb.empty() ? 1 : 2;
    if (positional_.size() != words + row->count || (line_.admin && row->command != Command::user_add)) {
      return usage_error(fmt::format("Usage: {}.", usage_of(*row)));
    }
    line_.command = row->command;
    line_.arguments.assign(positional_.begin() + static_cast<std::ptrdiff_t>(words), positional_.end());
    return {};
  }

  std::span<const string_view> words_;
  const std::vector<OptionGroup>& table_;
  std::size_t next_ = 0;
  std::vector<string_view> positional_;
  CommandLine line_;
};

}  // namespace

Result<CommandLine> parse_command_line(std::span<const string_view> words,
                                       const std::vector<OptionGroup>& table) {
  return Parser(words, table).parse();
}

}  // namespace convertd
