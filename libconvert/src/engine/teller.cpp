// SPDX-License-Identifier: MIT
#include "engine/teller.hpp"

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

constexpr Revision kNone = -1;

}  // namespace

struct Teller::State {
  State(std::shared_ptr<JobStore> its_store, std::shared_ptr<Board> its_board,
        std::chrono::milliseconds its_polling, std::chrono::milliseconds its_heartbeat, Log its_log)
      : store(std::move(its_store)),
        board(std::move(its_board)),
        polling(its_polling),
        heartbeat(its_heartbeat),
        log(std::move(its_log)),
        reading(*store, *board) {}

  const std::shared_ptr<JobStore> store;
  const std::shared_ptr<Board> board;
  const std::chrono::milliseconds polling;
  const std::chrono::milliseconds heartbeat;
  const Log log;

  std::mutex mutex;
  std::condition_variable woken;
  bool awake = false;
  bool closed = false;
  bool begun = false;            // it is known from where to read
  std::optional<Revision> skip;  // where to go on after nobody watched
  std::atomic<Revision> known{kNone};
  std::thread thread;

  Reading reading;  // the thread's own
  Steady::time_point next_look{};
  bool failing = false;

  /// Waits for something to do; false: it is over.
  bool wait();
  void work();
  void run() {
    while (wait()) work();
  }
};

bool Teller::State::wait() {
  std::unique_lock lock(mutex);
  const auto called = [this]() { return awake || closed; };
  if (board->empty()) {
    woken.wait(lock, called);
  } else {
    woken.wait_for(lock, polling, called);
  }
  awake = false;
  if (const auto from = std::exchange(skip, {})) reading.skip_to(*from);
  return !closed;
}

void Teller::State::work() {
  auto told = reading.go_on();
  if (told && Steady::now() >= next_look) {
    next_look = Steady::now() + heartbeat;
    told = reading.look_at_progress();
  }
  // Once, not every time until the store is back.
  if (!told && !failing) {
    log.warning(0, fmt::format("Those who watch wait for the store: {}", told.error().message));
  }
  failing = !told;
}

Teller::Teller(std::shared_ptr<JobStore> store, std::shared_ptr<Board> board,
               std::chrono::milliseconds polling, std::chrono::milliseconds heartbeat, Log log)
    : state_(
          std::make_shared<State>(std::move(store), std::move(board), polling, heartbeat, std::move(log))) {}

Teller::~Teller() {
  std::thread thread;
  {
    const std::scoped_lock lock(state_->mutex);
    state_->closed = true;
    thread.swap(state_->thread);
  }
  state_->woken.notify_all();
  if (!thread.joinable()) return;
  if (thread.get_id() == std::this_thread::get_id()) {
    thread.detach();  // it owns its state
  } else {
    thread.join();
  }
}

std::optional<Revision> Teller::known() const noexcept {
  const Revision known = state_->known;
  return known == kNone ? std::nullopt : std::optional(known);
}

void Teller::watched(std::optional<Revision> begin, bool first) {
  {
    const std::scoped_lock lock(state_->mutex);
    if (begin && (first || !state_->begun)) {
      state_->skip = std::min(*begin, state_->skip.value_or(*begin));
      state_->begun = true;
    }
    state_->awake = true;
    if (!state_->thread.joinable()) state_->thread = std::thread([state = state_]() { state->run(); });
  }
  state_->woken.notify_one();
}

void Teller::changed(Revision revision) {
  Revision known = state_->known;
  while (known < revision && !state_->known.compare_exchange_weak(known, revision)) {
  }
  if (state_->board->empty()) return;
  {
    const std::scoped_lock lock(state_->mutex);
    state_->awake = true;
  }
  state_->woken.notify_one();
}

}  // namespace convert::engine
