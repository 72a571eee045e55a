// SPDX-License-Identifier: MIT
#include "http/connections.hpp"

namespace convert::server::http {

std::unique_ptr<Connections::Place> Connections::enter(std::string address) {
  const std::lock_guard lock(mutex_);
  if (places_.size() >= most_) return nullptr;
  if (!address.empty()) {
    const auto known = of_address_.find(address);
    if (known != of_address_.end() && known->second >= most_an_address_) return nullptr;
  }
  auto place = std::make_unique<Place>(*this, std::move(address));
  places_.emplace(place.get(), std::weak_ptr<Connection>());
  if (!place->address_.empty()) ++of_address_[place->address_];
  return place;
}

void Connections::seat(const Place& place, const std::shared_ptr<Connection>& connection) {
  const std::lock_guard lock(mutex_);
  places_[&place] = connection;
}

void Connections::leave(const Place& place) noexcept {
  const std::lock_guard lock(mutex_);
  places_.erase(&place);
  if (!place.address_.empty()) {
    const auto known = of_address_.find(place.address_);
    if (known != of_address_.end() && --known->second == 0) of_address_.erase(known);
  }
  if (places_.empty()) left_.notify_all();
}

std::size_t Connections::count() const {
  const std::lock_guard lock(mutex_);
  return places_.size();
}

bool Connections::wait_until_empty(std::chrono::steady_clock::time_point limit) const {
  std::unique_lock lock(mutex_);
  return left_.wait_until(lock, limit, [this]() { return places_.empty(); });
}

/// Held while they are talked to, without the lock: the last to let go of a connection makes it leave.
std::vector<std::shared_ptr<Connection>> Connections::all() const {
  std::vector<std::shared_ptr<Connection>> found;
  const std::lock_guard lock(mutex_);
  found.reserve(places_.size());
  for (const auto& [place, weak] : places_) {
    if (std::shared_ptr<Connection> connection = weak.lock()) found.push_back(std::move(connection));
  }
  return found;
}

void Connections::expire_overdue(std::chrono::steady_clock::time_point now) {
  for (const std::shared_ptr<Connection>& connection : all()) {
    if (connection->overdue(now)) connection->expire();
  }
}

void Connections::close_idle() {
  for (const std::shared_ptr<Connection>& connection : all()) connection->close_when_idle();
}

void Connections::cut_all() {
  for (const std::shared_ptr<Connection>& connection : all()) connection->cut();
}

}  // namespace convert::server::http
