// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <string>
#include <string_view>

#include <convert/convert.hpp>

namespace convert_file {

/// Messages and progress on the standard error output: a progress bar and colours on a capable terminal,
/// plain lines elsewhere.
class Terminal {
 public:
  Terminal(bool quiet, bool json);

  void progress(std::string_view what, const convert::Progress& progress);
  void warning(const convert::Warning& warning);
  void error(const convert::Error& error);
  void hint(std::string_view text);
  /// Prints "song.ogg: 3.1 MB, 3:02, in 0.84 s (217 x real time)" on a terminal.
  void done(std::string_view output, const convert::Report& report);

 private:
  using Clock = std::chrono::steady_clock;
  void line(std::string_view label, const char* color, std::string_view text);
  void clear_bar();

  bool quiet_;
  bool json_;
  bool terminal_;
  bool bar_;
  bool colors_;
  bool bar_shown_ = false;
  Clock::time_point start_ = Clock::now();
};

}  // namespace convert_file
