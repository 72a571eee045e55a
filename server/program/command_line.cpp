// SPDX-License-Identifier: MIT
#include "command_line.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

namespace convertd {
namespace {

using std::string_view;

struct CommandRow {
  Command command;
  string_view noun, verb;
  string_view names;  ///< what has to follow
  std::size_t count;
};

constexpr std::array kCommands{
    CommandRow{Command::user_add, "user", "add", "[--admin] NAME EMAIL", 2},
    CommandRow{Command::user_list, "user", "list", "", 0},
    CommandRow{Command::user_disable, "user", "disable", "NAME", 1},
    CommandRow{Command::user_enable, "user", "enable", "NAME", 1},
    CommandRow{Command::user_password, "user", "password", "NAME", 1},
    CommandRow{Command::secret_rotate, "secret", "rotate", "", 0},
};

std::string usage_of(const CommandRow& row) {
  return fmt::format("convertd {} {}{}{}", row.noun, row.verb, row.names.empty() ? "" : " ", row.names);
}

/// All commands of that noun, or of every noun if there is none of it.
Error no_command(string_view noun) {
  const bool known =
      std::any_of(kCommands.begin(), kCommands.end(), [&](const auto& row) { return row.noun == noun; });
  std::string usages;
  for (const auto& row : kCommands) {
    if (!known || row.noun == noun) usages += fmt::format("{}{}", usages.empty() ? "" : "; ", usage_of(row));
  }
  return wrong(fmt::format("There is no command like that. There are: {}.", usages));
}

class Parser {
 public:
  Parser(std::span<const string_view> words, const std::vector<OptionGroup>& table)
      : words_(words), table_(table) {}

  Result<CommandLine> parse() {
    while (next_ < words_.size()) {
      const auto word = words_[next_++];
      if (word == "--") {
        names_.insert(names_.end(), words_.begin() + static_cast<std::ptrdiff_t>(next_), words_.end());
        break;
      }
      if (word == "--help" || word == "-h") return only(Command::help);
      if (word == "--version") return only(Command::version);
      if (!word.starts_with('-')) {
        names_.push_back(word);
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
    if (option == nullptr) return no_option(table_, word.substr(0, equals));
    Said said{option, {}, fmt::format("--{}", option->name)};
    if (equals != string_view::npos) {
      said.text = word.substr(equals + 1);
    } else if (option->value.empty()) {
      said.text = "on";
    } else if (next_ < words_.size()) {
      said.text = words_[next_++];
    } else {
      return wrong(fmt::format("{} needs {} behind it.", said.where, option->value));
    }
    return add(line_.options, std::move(said));
  }

  Result<void> command() {
    if (names_.empty()) {
      return line_.admin ? wrong("--admin belongs to: convertd user add --admin NAME EMAIL.")
                         : Result<void>();
    }
    const auto verb = names_.size() > 1 ? names_[1] : string_view();
    const auto row = std::find_if(kCommands.begin(), kCommands.end(),
                                  [&](const auto& one) { return one.noun == names_[0] && one.verb == verb; });
    if (row == kCommands.end()) return no_command(names_[0]);
    if (names_.size() != 2 + row->count || (line_.admin && row->command != Command::user_add)) {
      return wrong(fmt::format("It is: {}.", usage_of(*row)));
    }
    line_.command = row->command;
    line_.names.assign(names_.begin() + 2, names_.end());
    return {};
  }

  std::span<const string_view> words_;
  const std::vector<OptionGroup>& table_;
  std::size_t next_ = 0;
  std::vector<string_view> names_;
  CommandLine line_;
};

}  // namespace

Result<CommandLine> read_command_line(std::span<const string_view> words,
                                      const std::vector<OptionGroup>& table) {
  return Parser(words, table).parse();
}

}  // namespace convertd
