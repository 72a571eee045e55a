// SPDX-License-Identifier: MIT
// What CONVERT_FAULT_POINT calls in the programs of the fault suite.
#include "faults/fault_point.hpp"

#include <poll.h>
#include <signal.h>
#include <unistd.h>

#include <memory>

namespace convert::test {
namespace {

std::unique_ptr<Board>& board() {
  static std::unique_ptr<Board> instance;
  return instance;
}

/// All threads stop; one that is continued before it is released stops them again a moment later.
void stop_until_released(const Board& board) {
  while (!board.released()) {
    ::kill(::getpid(), SIGSTOP);
    ::poll(nullptr, 0, 5);
  }
}

}  // namespace

void watch_fault_points(const std::filesystem::path& file) { board() = std::make_unique<Board>(file); }

}  // namespace convert::test

namespace convert::io {

void fault_point(const char* name);
void fault_point(const char* name) {
  using test::Blow;
  if (!test::board()) return;
  switch (test::board()->hit(name)) {
    case Blow::none:
      return;
    case Blow::kill:
      ::kill(::getpid(), SIGKILL);
      return;
    case Blow::stop:
      return test::stop_until_released(*test::board());
    case Blow::trap:
      __builtin_trap();
  }
}

}  // namespace convert::io
