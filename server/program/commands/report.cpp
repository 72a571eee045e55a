// SPDX-License-Identifier: MIT
#include "report.hpp"

#include <fmt/format.h>

#include <cstdio>

namespace convertd {

void print_line(std::string_view line) {
  fmt::print(stdout, "{}\n", line);
  std::fflush(stdout);
}

void print_error(std::string_view why) { fmt::print(stderr, "convertd: {}\n", why); }

ExitCode report_error(const convert::Error& error) {
  print_error(error.message);
  return ExitCode::environment;
}

}  // namespace convertd
