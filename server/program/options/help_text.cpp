// SPDX-License-Identifier: MIT
#include "options/help_text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>

namespace convertd {
namespace {

constexpr std::string_view kIntroduction = R"(convertd: the conversion service.

  convertd --data DIR [OPTION...]                          serve until SIGTERM or Ctrl-C
  convertd --data DIR user add [--admin] NAME EMAIL        create an account
  convertd --data DIR user list                            list all accounts
  convertd --data DIR user disable|enable|password NAME    disable, enable, or set a new password
  convertd --data DIR secret rotate                        sign with a new secret; old tokens stay valid
  convertd --secret-file FILE secret stage|activate|retire change the secret that many hosts share, in steps
  convertd migrate                                         create or update the tables of a database server
  convertd check                                           try every backend, and report what is missing
  convertd --version
  convertd --help

A command that needs a password prompts for it, or reads one line from the standard input. Commands can be
used while a server runs with the same DIR.

Options are read from the command line (--http-threads 2), the environment (CONVERTD_HTTP_THREADS=2) and the
configuration file (http-threads = 2), in this order of precedence. SIZE: bytes, or 64K, 20M, 5G. TIME: 250ms,
30s, 15m, 24h, 7d. RATE: 10/15m; 1000/1s:5000, where 5000 is the burst; off. In brackets: the default.
)";

constexpr std::string_view kEnding = R"(
On SIGTERM, SIGINT or SIGHUP, convertd stops accepting connections, finishes running requests, and waits for
running conversions. Those that do not end within --shutdown-timeout run again after the next start. A second
signal after more than a second exits at once.

Exit codes
  0   stopped by a signal, or the command succeeded
  1   the command failed
  2   invalid command line, environment or configuration file
  3   the machine does not allow it: a port in use, a folder that is not writable, ...
)";

constexpr std::size_t kDescriptionColumn = 36;
constexpr std::size_t kWidth = 110;

/// Breaks a text into lines; all but the first are indented to the column of descriptions.
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
  const auto flag = "  " + usage_of(option);
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
