// SPDX-License-Identifier: MIT
#include "faults/fault_control.hpp"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <memory>
#include <system_error>

namespace convert::test {

static_assert(std::atomic<int>::is_always_lock_free && std::atomic<std::uint32_t>::is_always_lock_free);

void FaultControl::Name::assign(std::string_view value) {
  text.fill('\0');
  std::copy_n(value.begin(), std::min(value.size(), text.size() - 1), text.begin());
}

// A new file holds zeros: no points and no fault.
FaultControl::FaultControl(const std::filesystem::path& file) {
  const int descriptor = ::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  void* memory = MAP_FAILED;
  if (descriptor >= 0 && ::ftruncate(descriptor, sizeof(Memory)) == 0) {
    memory = ::mmap(nullptr, sizeof(Memory), PROT_READ | PROT_WRITE, MAP_SHARED, descriptor, 0);
  }
  const int code = errno;
  if (descriptor >= 0) ::close(descriptor);
  if (memory == MAP_FAILED)
    throw std::system_error(code, std::generic_category(), "cannot map the fault control");
  memory_ = static_cast<Memory*>(memory);
}

FaultControl::~FaultControl() { ::munmap(memory_, sizeof(Memory)); }

void FaultControl::clear() {
  memory_->fault = static_cast<int>(FaultAction::none);
  memory_->happened = false;
  for (auto& slot : memory_->slots) slot.hits = 0;
}

void FaultControl::arm(std::string_view point, int hit, FaultAction fault) {
  memory_->fault = static_cast<int>(FaultAction::none);
  memory_->happened = false;
  memory_->released = false;
  memory_->left = hit;
  memory_->point.assign(point);
  memory_->fault = static_cast<int>(fault);
}

void FaultControl::release() { memory_->released = true; }

bool FaultControl::released() const { return memory_->released; }

bool FaultControl::happened() const { return memory_->happened; }

std::map<std::string, int> FaultControl::hits() const {
  std::map<std::string, int> result;
  for (const auto& slot : memory_->slots) {
    if (slot.state == Slot::ready && slot.hits > 0) result[std::string(slot.name.view())] += slot.hits;
  }
  return result;
}

FaultAction FaultControl::hit(std::string_view point) {
  for (auto& slot : memory_->slots) {
    std::uint32_t state = Slot::empty;
    if (slot.state.compare_exchange_strong(state, Slot::writing)) {
      slot.name.assign(point);
      slot.state = state = Slot::ready;
    }
    // Skips a slot that another process is writing, or crashed in: `hits` adds up the slots of a name.
    if (state == Slot::ready && slot.name.view() == point) {
      ++slot.hits;
      break;
    }
  }
  const int fault = memory_->fault;
  if (fault == static_cast<int>(FaultAction::none) || memory_->point.view() != point)
    return FaultAction::none;
  if (memory_->left.fetch_sub(1) != 1) return FaultAction::none;
  memory_->fault = static_cast<int>(FaultAction::none);
  memory_->happened = true;
  return static_cast<FaultAction>(fault);
}

namespace {

/// The control that the fault points of this process obey.
std::unique_ptr<FaultControl>& connected_control() {
  static std::unique_ptr<FaultControl> instance;
  return instance;
}

/// Stops all threads. If the process is continued before it is released, it stops again a moment later.
void stop_until_released(const FaultControl& control) {
  while (!control.released()) {
    ::kill(::getpid(), SIGSTOP);
    ::poll(nullptr, 0, 5);
  }
}

}  // namespace

void connect_fault_points(const std::filesystem::path& file) {
  connected_control() = std::make_unique<FaultControl>(file);
}

}  // namespace convert::test

namespace convert::base {

/// What CONVERT_FAULT_POINT calls in the programs of the fault suite.
void fault_point(const char* name);
void fault_point(const char* name) {
  using test::FaultAction;
  if (!test::connected_control()) return;
  switch (test::connected_control()->hit(name)) {
    case FaultAction::none:
      return;
    case FaultAction::kill:
      ::kill(::getpid(), SIGKILL);
      return;
    case FaultAction::stop:
      return test::stop_until_released(*test::connected_control());
    case FaultAction::trap:
      __builtin_trap();
  }
}

}  // namespace convert::base
