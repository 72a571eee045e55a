// SPDX-License-Identifier: MIT
#include "options/help_text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>

namespace convertd {
namespace {

constexpr std::string_view kIntroduction = R"(convertd: the conversion service.

  convertd --data DIR [OPTION...]                          serves until SIGTERM or Ctrl-C
  convertd --data DIR user add [--admin] NAME EMAIL        makes an account
  convertd --data DIR user list                            all accounts
  convertd --data DIR user disable|enable|password NAME    shuts one out, lets it in, gives it a password
  convertd --data DIR secret rotate                        a new secret signs tokens; old ones stay valid
  convertd --version
  convertd --help

A password is asked for on the terminal, or is one line of the standard input. The commands may be given
while a server runs on the same DIR.

An option can be given in three ways, and the first of them counts: on the command line, --http-threads 2;
in the environment, CONVERTD_HTTP_THREADS=2; in the configuration file, http-threads = 2. Sizes are bytes or 64K, 20M,
5G; times 250ms, 30s, 15m, 24h, 7d; rates 10/15m, or 1000/1s:5000 where 5000 may come at once, or off.
)";

constexpr std::string_view kEnding = R"(
At SIGTERM, SIGINT or SIGHUP it accepts nothing more, answers what was begun, waits for running conversions and gives
back those that do not end within --shutdown-timeout: the next start runs them again. A second signal, a second later, ends it at
once.

Exit codes
  0   stopped as it was asked to
  1   a command could not be done
  2   the command line, the environment or the configuration file asks for something that cannot be
  3   this machine does not allow it: a port in use, a folder that cannot be written to, ...
)";

constexpr std::size_t kDescriptionColumn = 36;
constexpr std::size_t kWidth = 116;

/// Broken into lines, all but the first indented to the column of meanings.
std::string wrapped(std::string_view text) {
  std::string lines;
  while (text.size() > kWidth - kDescriptionColumn) {
    auto space = text.rfind(' ', kWidth - kDescriptionColumn);
    if (space == std::string_view::npos) break;
    lines += fmt::format("{}\n{:{}}", text.substr(0, space), "", kDescriptionColumn);
    text.remove_prefix(space + 1);
  }
  return lines.append(text);
}

std::string line_of(const Option& option) {
  const auto flag = fmt::format("  --{}{}{}", option.name, option.value.empty() ? "" : " ", option.value);
  const auto description = wrapped(fmt::format("{} [{}]", option.description, default_for(option)));
  if (flag.size() < kDescriptionColumn)
    return fmt::format("{:<{}}{}\n", flag, kDescriptionColumn, description);
  return fmt::format("{}\n{:{}}{}\n", flag, "", kDescriptionColumn, description);
}

}  // namespace

std::string default_for(const Option& option) {
  auto text = option.show(Settings{});
  return text.empty() ? std::string(option.default_text) : text;
}

std::string help(const std::vector<OptionGroup>& table) {
  std::string text(kIntroduction);
  for (const auto& group : table) {
    text += fmt::format("\n{}\n", group.title);
    for (const auto& option : group.options) text += line_of(option);
  }
  return text.append(kEnding);
}

}  // namespace convertd
