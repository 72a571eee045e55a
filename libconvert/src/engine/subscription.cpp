// SPDX-License-Identifier: MIT
#include <utility>

#include <convert/engine.hpp>

namespace convert {

Subscription::Subscription() = default;
Subscription::Subscription(std::function<void()> cancel) : cancel_(std::move(cancel)) {}
Subscription::Subscription(Subscription&& other) noexcept : cancel_(std::exchange(other.cancel_, {})) {}

Subscription& Subscription::operator=(Subscription&& other) noexcept {
  if (this != &other) {
    reset();
    cancel_ = std::exchange(other.cancel_, {});
  }
  return *this;
}

Subscription::~Subscription() { reset(); }

void Subscription::reset() noexcept {
  if (const auto cancel = std::exchange(cancel_, {})) cancel();
}

}  // namespace convert
