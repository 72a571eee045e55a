// SPDX-License-Identifier: MIT
#include "sandbox/watch.hpp"

#include <poll.h>

#include <algorithm>
#include <array>
#include <thread>
#include <utility>

#include "sandbox/scratch_root.hpp"
#include "sandbox/verdict.hpp"

namespace convert::sandbox {
namespace {

constexpr std::chrono::milliseconds kTick{100};

}  // namespace

unsigned threads_of(const ConvertOptions& options) {
  const unsigned asked = options.threads_now();
  return asked > 0 ? asked : std::max(1U, std::thread::hardware_concurrency());
}

Watch::Watch(const CallParts& call, const Worker& worker, int channel)
    : call_(call),
      worker_(worker),
      channel_(channel),
      looked_(Clock::now()),
      got_on_(looked_),
      budget_(threads_of(call.options)) {}

Result<bool> Watch::wait(short events) {
  if (auto good = look(); !good) return std::move(good).error();
  std::array<pollfd, 3> entries{pollfd{channel_, events, 0}, pollfd{call_.noticed.descriptor(), POLLIN, 0},
                                pollfd{worker_.process.get(), POLLIN, 0}};
  (void)::poll(entries.data(), entries.size(), static_cast<int>(kTick.count()));
  if (entries[1].revents != 0) {
    if (auto good = look_closely(); !good) return std::move(good).error();
  }
  return entries[0].revents != 0 || entries[2].revents != 0;
}

Result<void> Watch::look() {
  if (Clock::now() - looked_ < kTick) return {};
  looked_ = Clock::now();
  return look_closely();
}

Result<void> Watch::look_closely() {
  if (auto go_on = call_.options.check(); !go_on) return go_on;
  if (auto fault = call_.fault.get()) return *fault;
  std::uint64_t written = 0;
  if (call_.outputs != nullptr) {
    auto measured = call_.outputs->measure();
    if (!measured) return std::move(measured).error();
    written = *measured;
  }
  const std::uint64_t scratch = worker_.scratch.empty() ? 0 : bytes_in(worker_.scratch);
  if (scratch > call_.limits.scratch_bytes) return out_of_scratch(call_.limits);
  return check_stall(written + scratch);
}

Result<void> Watch::check_stall(std::uint64_t written) {
  const std::uint64_t moved = written + call_.inputs.moved();
  const bool waits =
      call_.inputs.keeps_waiting() || (call_.outputs != nullptr && call_.outputs->keeps_waiting());
  if (std::exchange(moved_, moved) != moved || waits) got_on();
  if (Clock::now() - got_on_ > call_.limits.stall) return stalled(call_.limits);
  return {};
}

std::optional<unsigned> Watch::new_budget() {
  if (!call_.options.thread_budget) return {};
  const unsigned budget = threads_of(call_.options);
  if (std::exchange(budget_, budget) == budget) return {};
  return budget;
}

}  // namespace convert::sandbox
