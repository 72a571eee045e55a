// SPDX-License-Identifier: MIT
#include "sandbox/host/watchdog.hpp"

#include <poll.h>

#include <algorithm>
#include <array>
#include <thread>
#include <utility>

#include "base/try.hpp"
#include "sandbox/host/exit_error.hpp"
#include "sandbox/host/scratch_root.hpp"

namespace convert::sandbox {
namespace {

constexpr std::chrono::milliseconds kCheckInterval{100};

}  // namespace

unsigned thread_count(const ConvertOptions& options) {
  const unsigned requested = options.threads_now();
  return requested > 0 ? requested : std::max(1U, std::thread::hardware_concurrency());
}

Watchdog::Watchdog(const CallContext& call, const Worker& worker, int channel)
    : call_(call),
      worker_(worker),
      channel_(channel),
      last_check_(Clock::now()),
      last_progress_(last_check_),
      budget_(thread_count(call.options)) {}

Result<bool> Watchdog::wait(short events) {
  CONVERT_TRY(check_if_due());
  std::array<pollfd, 3> entries{pollfd{channel_, events, 0}, pollfd{call_.wakeup.descriptor(), POLLIN, 0},
                                pollfd{worker_.process.get(), POLLIN, 0}};
  (void)::poll(entries.data(), entries.size(), static_cast<int>(kCheckInterval.count()));
  if (entries[1].revents != 0) {
    CONVERT_TRY(check_now());
  }
  return entries[0].revents != 0 || entries[2].revents != 0;
}

Result<void> Watchdog::check_if_due() {
  if (Clock::now() - last_check_ < kCheckInterval) return {};
  last_check_ = Clock::now();
  return check_now();
}

Result<void> Watchdog::check_now() {
  CONVERT_TRY(call_.options.check_cancellation());
  if (auto first_error = call_.first_error.get()) return *first_error;
  std::uint64_t written = 0;
  if (call_.outputs != nullptr) {
    CONVERT_TRY_ASSIGN(auto measured, call_.outputs->total_bytes());
    written = measured;
  }
  const std::uint64_t scratch = worker_.scratch.empty() ? 0 : folder_bytes(worker_.scratch);
  if (scratch > call_.limits.temporary_bytes) return scratch_limit_error(call_.limits);
  return check_stall(written + scratch);
}

Result<void> Watchdog::check_stall(std::uint64_t written) {
  const std::uint64_t bytes_moved = written + call_.inputs.bytes_moved();
  const bool waits = call_.inputs.is_waiting() || (call_.outputs != nullptr && call_.outputs->is_waiting());
  if (std::exchange(bytes_moved_, bytes_moved) != bytes_moved || waits) note_progress();
  if (Clock::now() - last_progress_ > call_.limits.stall_timeout) return stall_error(call_.limits);
  return {};
}

std::optional<unsigned> Watchdog::changed_thread_budget() {
  if (!call_.options.thread_budget) return {};
  const unsigned budget = thread_count(call_.options);
  if (std::exchange(budget_, budget) == budget) return {};
  return budget;
}

}  // namespace convert::sandbox
