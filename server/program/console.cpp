// SPDX-License-Identifier: MIT
#include "console.hpp"

#include <fmt/format.h>
#include <termios.h>
#include <unistd.h>

#include <cstdio>
#include <optional>

#include "options/passwords.hpp"

namespace convertd {
namespace {

using convert::Errc;
using convert::Error;
using convert::Result;

/// Turns the echo of the terminal off while it exists.
class EchoOff {
 public:
  EchoOff() {
    if (::tcgetattr(STDIN_FILENO, &before_) != 0) return;
    termios quiet = before_;
    quiet.c_lflag &= ~static_cast<tcflag_t>(ECHO);
    changed_ = ::tcsetattr(STDIN_FILENO, TCSAFLUSH, &quiet) == 0;
  }
  EchoOff(const EchoOff&) = delete;
  EchoOff& operator=(const EchoOff&) = delete;
  ~EchoOff() {
    if (changed_) ::tcsetattr(STDIN_FILENO, TCSAFLUSH, &before_);
  }

 private:
  termios before_{};
  bool changed_ = false;
};

/// Reads one line without its line break, of at most 4,096 bytes.
Result<std::string> read_password_line() {
  constexpr std::size_t kMaxLineLength = 4'096;
  std::string line;
  for (int byte = std::getchar(); byte != '\n'; byte = std::getchar()) {
    if (byte == EOF && line.empty()) {
      return Error{Errc::io, "No password. Write it as one line to the standard input.", false};
    }
    if (byte == EOF) break;
    if (line.size() == kMaxLineLength)
      return Error{Errc::invalid_argument, "The password is too long.", false};
    line += static_cast<char>(byte);
  }
  if (line.ends_with('\r')) line.pop_back();
  return line;
}

Result<std::string> prompt(const char* what) {
  fmt::print(stderr, "{}: ", what);
  const EchoOff quiet;
  auto line = read_password_line();
  fmt::print(stderr, "\n");
  return line;
}

}  // namespace

void print_line(std::string_view line) {
  fmt::print(stdout, "{}\n", mask_passwords(line));
  std::fflush(stdout);
}

void print_error(std::string_view message) { fmt::print(stderr, "convertd: {}\n", mask_passwords(message)); }

ExitCode report_error(const convert::Error& error) {
  print_error(error.message);
  return ExitCode::environment;
}

Result<std::string> prompt_new_password() {
  if (::isatty(STDIN_FILENO) != 1) return read_password_line();
  auto first = prompt("Password");
  if (!first) return first;
  auto second = prompt("Repeat the password");
  if (!second) return second;
  if (*first != *second) return Error{Errc::invalid_argument, "The passwords differ.", false};
  return first;
}

}  // namespace convertd
