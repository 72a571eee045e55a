// SPDX-License-Identifier: MIT
// What CONVERT_FAULT_POINT calls in the programs of the fault suite.
#include "faults/fault_point.hpp"

#include <poll.h>
#include <signal.h>
#include <unistd.h>

#include <memory>

namespace convert::test {
namespace {

std::unique_ptr<FaultControl>& board() {
  static std::unique_ptr<FaultControl> instance;
  return instance;
}

/// All threads stop; one that is continued before it is released stops them again a moment later.
void stop_until_released(const FaultControl& board) {
  while (!board.released()) {
    ::kill(::getpid(), SIGSTOP);
    ::poll(nullptr, 0, 5);
  }
}

}  // namespace

void connect_fault_points(const std::filesystem::path& file) {
  board() = std::make_unique<FaultControl>(file);
}

}  // namespace convert::test

namespace convert::base {

void fault_point(const char* name);
void fault_point(const char* name) {
  using test::FaultAction;
  if (!test::board()) return;
  switch (test::board()->hit(name)) {
    case FaultAction::none:
      return;
    case FaultAction::kill:
      ::kill(::getpid(), SIGKILL);
      return;
    case FaultAction::stop:
      return test::stop_until_released(*test::board());
    case FaultAction::trap:
      __builtin_trap();
  }
}

}  // namespace convert::base
