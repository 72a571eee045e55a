// SPDX-License-Identifier: MIT
#include "engine/dispatcher.hpp"

#include <fmt/format.h>

#include <chrono>

namespace convert::engine {
namespace {

using std::chrono::milliseconds;

/// How many announcements one look into the store answers: those that piled up while all slots were busy
/// speak of jobs that have run since.
constexpr int kTogether = 64;
constexpr milliseconds kPause{100};  // after an error of the queue
constexpr milliseconds kWake{10};

}  // namespace

Dispatcher::Dispatcher(Core& core, Slots& slots)
    : core_(core), slots_(slots), thread_([this](const std::stop_token& stop) { run(stop); }) {}

Dispatcher::~Dispatcher() {
  thread_.request_stop();
  // One call could come just before the thread begins to wait.
  while (!ended_) {
    core_.options.queue->wake();
    std::this_thread::sleep_for(kWake);
  }
}

void Dispatcher::run(const std::stop_token& stop) {
  while (!stop.stop_requested()) {
    const auto deadline = std::chrono::steady_clock::now() + core_.options.sweep;
    if (!slots_.wait_for_free(deadline, stop) || stop.stop_requested()) continue;
    if (!listen()) std::this_thread::sleep_for(kPause);
  }
  ended_ = true;
}

/// Waits for announcements; false if there is something wrong with the queue.
bool Dispatcher::listen() {
  auto heard = core_.options.queue->next(core_.options.sweep);
  for (int i = 1; heard && *heard; ++i) {
    if (i == kTogether) break;
    auto more = core_.options.queue->next(milliseconds(0));
    if (!more || !*more) break;
  }
  if (heard && *heard) slots_.hint();
  // Once, not every time until the queue is back.
  if (!heard && !failing_) {
    core_.log.warning(0, fmt::format("The queue can't be heard; jobs start with the next sweep: {}",
                                     heard.error().message));
  }
  failing_ = !heard;
  return heard.has_value();
}

}  // namespace convert::engine
