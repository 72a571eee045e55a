// SPDX-License-Identifier: MIT
#include "report.hpp"

#include <fmt/format.h>

#include <cstdio>

namespace convertd {

void say(std::string_view line) {
  fmt::print(stdout, "{}\n", line);
  std::fflush(stdout);
}

void refuse(std::string_view why) { fmt::print(stderr, "convertd: {}\n", why); }

ExitCode refused(const convert::Error& error) {
  refuse(error.message);
  return ExitCode::environment;
}

}  // namespace convertd
