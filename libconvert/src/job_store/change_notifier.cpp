// SPDX-License-Identifier: MIT
#include "job_store/change_notifier.hpp"

#include <cstdint>
#include <map>
#include <mutex>
#include <utility>

namespace convert::job_store {

struct ChangeNotifier::State {
  std::mutex mutex;
  std::map<std::uint64_t, std::function<void()>> callbacks;
  std::uint64_t last = 0;
};

ChangeNotifier::ChangeNotifier() : state_(std::make_shared<State>()) {}

std::shared_ptr<void> ChangeNotifier::add(std::function<void()> callback) {
  const std::scoped_lock lock(state_->mutex);
  const std::uint64_t number = ++state_->last;
  state_->callbacks.emplace(number, std::move(callback));
  // The pointer is only a handle: what counts is its deleter.
  return std::shared_ptr<void>(state_.get(), [state = state_, number](void*) {
    const std::scoped_lock removing(state->mutex);
    state->callbacks.erase(number);
  });
}

void ChangeNotifier::notify() const {
  const std::scoped_lock lock(state_->mutex);
  for (const auto& [number, callback] : state_->callbacks) callback();
}

}  // namespace convert::job_store
