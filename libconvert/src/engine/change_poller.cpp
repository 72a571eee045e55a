// SPDX-License-Identifier: MIT
#include "engine/change_poller.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <mutex>
#include <optional>
#include <thread>
#include <utility>

#include "engine/reading.hpp"

namespace convert::engine {

namespace {

using Steady = std::chrono::steady_clock;

constexpr Revision kUnknownRevision = -1;

}  // namespace

struct ChangePoller::State {
  State(std::shared_ptr<JobStore> its_store, std::shared_ptr<SubscriberRegistry> its_registry,
        std::chrono::milliseconds its_polling, std::chrono::milliseconds its_heartbeat, EngineLog its_log)
      : store(std::move(its_store)),
        registry(std::move(its_registry)),
        polling(its_polling),
        heartbeat(its_heartbeat),
        log(std::move(its_log)),
        change_cursor(*store, *registry) {}

  const std::shared_ptr<JobStore> store;
  const std::shared_ptr<SubscriberRegistry> registry;
  const std::chrono::milliseconds polling;
  const std::chrono::milliseconds heartbeat;
  const EngineLog log;

  std::mutex mutex;
  std::condition_variable wake_up;
  bool wake_requested = false;
  bool closed = false;
  bool has_start = false;                    // it is known from where to read
  std::optional<Revision> skip_to_revision;  // where to go on after nobody watched
  std::atomic<Revision> latest_known{kUnknownRevision};
  std::thread thread;

  ChangeCursor change_cursor;  // the thread's own
  Steady::time_point next_progress_poll{};
  bool failing = false;

  /// Waits for something to do; false: it is over.
  bool wait();
  void poll();
  void run() {
    while (wait()) poll();
  }
};

bool ChangePoller::State::wait() {
  std::unique_lock lock(mutex);
  const auto due = [this]() { return wake_requested || closed; };
  if (registry->empty()) {
    wake_up.wait(lock, due);
  } else {
    wake_up.wait_for(lock, polling, due);
  }
  wake_requested = false;
  if (const auto from = std::exchange(skip_to_revision, {})) change_cursor.skip_to(*from);
  return !closed;
}

void ChangePoller::State::poll() {
  auto polled = change_cursor.poll();
  if (polled && Steady::now() >= next_progress_poll) {
    next_progress_poll = Steady::now() + heartbeat;
    polled = change_cursor.poll_progress();
  }
  // Once, not every time until the store is back.
  if (!polled && !failing) {
    log.warning(0, fmt::format("Those who watch wait for the store: {}", polled.error().message));
  }
  failing = !polled;
}

ChangePoller::ChangePoller(std::shared_ptr<JobStore> store, std::shared_ptr<SubscriberRegistry> registry,
                           std::chrono::milliseconds polling, std::chrono::milliseconds heartbeat,
                           EngineLog log)
    : state_(std::make_shared<State>(std::move(store), std::move(registry), polling, heartbeat,
                                     std::move(log))) {}

ChangePoller::~ChangePoller() {
  std::thread thread;
  {
    const std::scoped_lock lock(state_->mutex);
    state_->closed = true;
    thread.swap(state_->thread);
  }
  state_->wake_up.notify_all();
  if (!thread.joinable()) return;
  if (thread.get_id() == std::this_thread::get_id()) {
    thread.detach();  // it owns its state
  } else {
    thread.join();
  }
}

std::optional<Revision> ChangePoller::latest_known() const noexcept {
  const Revision latest_known = state_->latest_known;
  return latest_known == kUnknownRevision ? std::nullopt : std::optional(latest_known);
}

void ChangePoller::subscriber_added(std::optional<Revision> after, bool first) {
  {
    const std::scoped_lock lock(state_->mutex);
    if (after && (first || !state_->has_start)) {
      state_->skip_to_revision = std::min(*after, state_->skip_to_revision.value_or(*after));
      state_->has_start = true;
    }
    state_->wake_requested = true;
    if (!state_->thread.joinable()) state_->thread = std::thread([state = state_]() { state->run(); });
  }
  state_->wake_up.notify_one();
}

void ChangePoller::changed(Revision revision) {
  Revision latest_known = state_->latest_known;
  while (latest_known < revision && !state_->latest_known.compare_exchange_weak(latest_known, revision)) {
  }
  if (state_->registry->empty()) return;
  {
    const std::scoped_lock lock(state_->mutex);
    state_->wake_requested = true;
  }
  state_->wake_up.notify_one();
}

}  // namespace convert::engine
