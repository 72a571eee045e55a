// SPDX-License-Identifier: MIT
#pragma once

#include <memory>
#include <stop_token>

#include <convert/convert.hpp>

namespace convert_file {

/// Turns SIGINT, SIGTERM and SIGHUP into a stop request. Exits at once on a second signal, or if the
/// conversion does not stop within two seconds. Create it before other threads, which inherit the signal
/// mask.
class StopSignal {
 public:
  StopSignal();
  ~StopSignal();
  StopSignal(const StopSignal&) = delete;
  StopSignal& operator=(const StopSignal&) = delete;

  std::stop_token token() const;

  /// The standard input. A signal interrupts reads.
  std::unique_ptr<convert::Reader> standard_input() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace convert_file
