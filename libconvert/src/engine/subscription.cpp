// SPDX-License-Identifier: MIT
#include <utility>

#include <convert/engine.hpp>

namespace convert {

Subscription::Subscription() = default;
Subscription::Subscription(std::function<void()> end) : end_(std::move(end)) {}
Subscription::Subscription(Subscription&& other) noexcept : end_(std::exchange(other.end_, {})) {}

Subscription& Subscription::operator=(Subscription&& other) noexcept {
  if (this != &other) {
    reset();
    end_ = std::exchange(other.end_, {});
  }
  return *this;
}

Subscription::~Subscription() { reset(); }

void Subscription::reset() noexcept {
  if (const auto end = std::exchange(end_, {})) end();
}

}  // namespace convert
