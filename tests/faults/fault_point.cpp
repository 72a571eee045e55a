// SPDX-License-Identifier: MIT
// What CONVERT_FAULT_POINT calls in the programs of the fault suite.
#include "faults/fault_point.hpp"

#include <signal.h>
#include <unistd.h>

#include <memory>

namespace convert::test {
namespace {

std::unique_ptr<Board>& board() {
  static std::unique_ptr<Board> instance;
  return instance;
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
      ::kill(::getpid(), SIGSTOP);
      return;
    case Blow::trap:
      __builtin_trap();
  }
}

}  // namespace convert::io
