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
};

struct CommandLine {
  Command command = Command::serve;
  std::vector<std::string> arguments;  ///< what the command is about: a user, an e-mail address
  bool admin = false;                  ///< of `user add`
  std::vector<OptionValue> options;
};

/// Errors: `invalid_argument`.
Result<CommandLine> parse_command_line(std::span<const std::string_view> words,
                                       const std::vector<OptionGroup>& table);

}  // namespace convertd
