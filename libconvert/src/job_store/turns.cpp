// SPDX-License-Identifier: MIT
#include "job_store/turns.hpp"

namespace convert::job_store {

void Turns::add(const Job& job) {
  const auto& name = job.request.owner;
  const auto urgency = job.request.urgency;
  auto& owner = owners_[name];
  auto& ready = owner.ready[urgency];
  if (ready.empty()) levels_[urgency].insert(owner.rank(name));
  ready.insert(place(job));
}

void Turns::remove(const Job& job) {
  const auto& name = job.request.owner;
  const auto urgency = job.request.urgency;
  auto& owner = owners_[name];
  const auto ready = owner.ready.find(urgency);
  if (ready == owner.ready.end()) return;
  ready->second.erase(place(job));
  if (!ready->second.empty()) return;
  leave(name, urgency, owner);
  owner.ready.erase(ready);
}

std::optional<JobId> Turns::first() const {
  if (levels_.empty()) return std::nullopt;
  const auto& [urgency, ranks] = *levels_.begin();
  const auto& owner = owners_.at(std::get<std::string>(*ranks.begin()));
  return owner.ready.at(urgency).begin()->second;
}

void Turns::started(const std::string& owner) {
  rank_again(owner, [this](Owner& served) {
    ++served.running;
    served.served = ++turn_;
  });
}

void Turns::ended(const std::string& owner) {
  rank_again(owner, [](Owner& relieved) { --relieved.running; });
}

void Turns::forget(const std::string& owner) { owners_.erase(owner); }

void Turns::leave(const std::string& name, int urgency, const Owner& owner) {
  const auto level = levels_.find(urgency);
  level->second.erase(owner.rank(name));
  if (level->second.empty()) levels_.erase(level);
}

template <class Change>
void Turns::rank_again(const std::string& name, Change change) {
  auto& owner = owners_[name];
  for (const auto& [urgency, ready] : owner.ready) leave(name, urgency, owner);
  change(owner);
  for (const auto& [urgency, ready] : owner.ready) levels_[urgency].insert(owner.rank(name));
}

}  // namespace convert::job_store
