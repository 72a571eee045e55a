// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "options/option.hpp"

namespace convertd {

enum class Command : std::uint8_t {
  serve,
  help,
  version,
  user_add,
  user_list,
  user_disable,
  user_enable,
  user_password,
  secret_rotate,
  secret_stage,
  secret_activate,
  secret_retire,
  check,
  migrate,
};

struct CommandLine {
  Command command = Command::serve;
  std::vector<std::string> arguments;  ///< such as a user name and an e-mail address
  bool admin = false;                  ///< `user add --admin`
  std::vector<OptionValue> options;
};

/// `words`: the arguments without the program name. Errors: `invalid_argument`.
Result<CommandLine> parse_command_line(std::span<const std::string_view> words,
                                       const std::vector<OptionGroup>& table);

}  // namespace convertd
