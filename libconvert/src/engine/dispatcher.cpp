// SPDX-License-Identifier: MIT
#include "engine/dispatcher.hpp"

#include <fmt/format.h>

#include <chrono>

namespace convert::engine {
namespace {

using std::chrono::milliseconds;

/// How many announcements one look into the store answers: those that piled up while all slots were busy
/// speak of jobs that have run since.
constexpr int kMaxAnnouncements = 64;
constexpr milliseconds kErrorDelay{100};  // after an error of the queue
constexpr milliseconds kWakeInterval{10};

}  // namespace

QueueListener::QueueListener(EngineContext& context, JobThreads& job_threads)
    : context_(context),
      job_threads_(job_threads),
      thread_([this](const std::stop_token& stop) { run(stop); }) {}

QueueListener::~QueueListener() {
  thread_.request_stop();
  // One call could come just before the thread begins to wait.
  while (!ended_) {
    context_.options.queue->wake();
    std::this_thread::sleep_for(kWakeInterval);
  }
}

void QueueListener::run(const std::stop_token& stop) {
  while (!stop.stop_requested()) {
    const auto deadline = std::chrono::steady_clock::now() + context_.options.sweep_interval;
    if (!job_threads_.wait_for_idle_thread(deadline, stop) || stop.stop_requested()) continue;
    if (!receive_announcements()) std::this_thread::sleep_for(kErrorDelay);
  }
  ended_ = true;
}

/// Waits for announcements; false if there is something wrong with the queue.
bool QueueListener::receive_announcements() {
  auto announcement = context_.options.queue->next(context_.options.sweep_interval);
  for (int i = 1; announcement && *announcement; ++i) {
    if (i == kMaxAnnouncements) break;
    auto more = context_.options.queue->next(milliseconds(0));
    if (!more || !*more) break;
  }
  if (announcement && *announcement) job_threads_.notify_work();
  // Once, not every time until the queue is back.
  if (!announcement && !failing_) {
    context_.log.warning(0, fmt::format("The queue can't be heard; jobs start with the next sweep: {}",
                                        announcement.error().message));
  }
  failing_ = !announcement;
  return announcement.has_value();
}

}  // namespace convert::engine
