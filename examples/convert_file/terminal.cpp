// SPDX-License-Identifier: MIT
#include "terminal.hpp"

#include <fmt/format.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>

#include "report_text.hpp"

namespace convert_file {
namespace {

using Seconds = std::chrono::duration<double>;

constexpr Seconds kProgressDelay{0.2};  // no progress bar for short conversions
constexpr const char* kRed = "\033[1;31m";
constexpr const char* kYellow = "\033[1;33m";
constexpr const char* kGreen = "\033[32m";
constexpr const char* kResetColor = "\033[0m";

bool is_set(const char* name) {
  const char* value = std::getenv(name);
  return value != nullptr && *value != '\0';
}

bool can_move_cursor() {
  const char* kind = std::getenv("TERM");
  return kind != nullptr && std::string_view(kind) != "dumb" && *kind != '\0';
}

std::size_t columns() {
  winsize size{};
  const bool known = ::ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col >= 20;
  return known ? size.ws_col : 80;
}

std::string speed_text(Seconds audio, Seconds elapsed) {
  if (audio.count() <= 0 || elapsed.count() <= 0) return {};
  const double speed = audio / elapsed;
  return speed < 10 ? fmt::format("{:.1f} x real time", speed) : fmt::format("{:.0f} x real time", speed);
}

/// The last `max_columns` columns of a name.
std::string shortened(std::string_view name, std::size_t max_columns) {
  auto text = clean(name);
  if (text.size() <= max_columns) return text;
  auto start = text.size() - max_columns + 3;
  while (start < text.size() && (static_cast<unsigned char>(text[start]) & 0xC0U) == 0x80U) ++start;
  return "..." + text.substr(start);
}

}  // namespace

Terminal::Terminal(bool quiet, bool json)
    : quiet_(quiet),
      json_(json),
      terminal_(::isatty(STDERR_FILENO) == 1),
      bar_(terminal_ && can_move_cursor() && !quiet),
      colors_(terminal_ && can_move_cursor() && !is_set("NO_COLOR")) {}

void Terminal::progress(std::string_view what, const convert::Progress& progress) {
  const Seconds elapsed = Clock::now() - start_;
  if (!bar_ || elapsed < kProgressDelay) return;
  std::string numbers;
  if (progress.fraction) numbers += fmt::format(" {:3.0f} %", *progress.fraction * 100);
  if (progress.position.count() > 0) numbers += fmt::format("  {}", time_text(progress.position));
  if (!progress.fraction) numbers += fmt::format("  {}", size_text(progress.bytes_read));
  if (const auto speed = speed_text(progress.position, elapsed); !speed.empty()) numbers += "  " + speed;

  const auto width = columns() - 1;
  const auto name = shortened(what, std::min<std::size_t>(30, width / 3));
  std::string bar;
  const auto taken = name.size() + numbers.size() + 4;
  if (progress.fraction && taken + 10 < width) {
    const auto cells = std::min<std::size_t>(40, width - taken);
    const auto full =
        static_cast<std::size_t>(std::clamp(*progress.fraction, 0.0, 1.0) * static_cast<double>(cells));
    bar = fmt::format(" [{}{}{}{}]", colors_ ? kGreen : "", std::string(full, '#'),
                      colors_ ? kResetColor : "", std::string(cells - full, '-'));
  }
  fmt::print(stderr, "\r\033[K{}{}{}", name, bar, numbers);
  std::fflush(stderr);
  bar_shown_ = true;
}

void Terminal::clear_bar() {
  if (bar_shown_) fmt::print(stderr, "\r\033[K");
  bar_shown_ = false;
}

void Terminal::line(std::string_view label, const char* color, std::string_view text) {
  clear_bar();
  fmt::print(stderr, "{}{}:{} {}\n", colors_ ? color : "", label, colors_ ? kResetColor : "", text);
}

void Terminal::warning(const convert::Warning& warning) {
  if (!quiet_) line("warning", kYellow, clean(warning.message));
}

void Terminal::error(const convert::Error& error) {
  if (json_) {
    clear_bar();
    fmt::print(stderr, "{}\n", to_json(error));
  } else {
    line("error", kRed, clean(error.message));
  }
}

void Terminal::hint(std::string_view text) {
  if (!json_) fmt::print(stderr, "{}\n", text);
}

void Terminal::done(std::string_view output, const convert::Report& report) {
  clear_bar();
  if (!terminal_ || quiet_) return;
  const Seconds elapsed = Clock::now() - start_;
  std::uint64_t size = 0;
  std::chrono::nanoseconds audio{};
  for (const auto& made : report.outputs) {
    size += made.size;
    audio += made.duration.value_or(std::chrono::nanoseconds(0));
  }
  auto text = fmt::format("{}: {}", clean(output), size_text(size));
  if (audio.count() > 0) text += fmt::format(", {}", time_text(audio));
  text += fmt::format(", in {:.2f} s", elapsed.count());
  if (const auto speed = speed_text(audio, elapsed); !speed.empty()) text += fmt::format(" ({})", speed);
  fmt::print(stderr, "{}\n", text);
}

}  // namespace convert_file
