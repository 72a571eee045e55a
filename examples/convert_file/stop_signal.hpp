// SPDX-License-Identifier: MIT
#pragma once

#include <memory>
#include <stop_token>

#include <convert/convert.hpp>

namespace convert_file {

/// Turns SIGINT, SIGTERM and SIGHUP into a request to stop. A second one, or a conversion that does not
/// heed the first within two seconds, ends the program at once.
/// Make one before there are any other threads: they inherit from it that signals are not theirs.
class StopSignal {
 public:
  StopSignal();
  ~StopSignal();
  StopSignal(const StopSignal&) = delete;
  StopSignal& operator=(const StopSignal&) = delete;

  std::stop_token token() const;

  /// The standard input, so that waiting for it ends when a signal comes.
  std::unique_ptr<convert::Reader> standard_input() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace convert_file
