// SPDX-License-Identifier: MIT
#include "job_store/memory/fair_scheduler.hpp"

namespace convert::job_store {

void FairScheduler::add(const Job& job) {
  const auto& name = job.request.owner;
  const auto urgency = job.request.urgency;
  auto& owner = owners_[name];
  auto& ready = owner.ready[urgency];
  if (ready.empty()) levels_[urgency].insert(owner.rank(name));
  ready.insert(rank_of(job));
}

void FairScheduler::remove(const Job& job) {
  const auto& name = job.request.owner;
  const auto urgency = job.request.urgency;
  auto& owner = owners_[name];
  const auto ready = owner.ready.find(urgency);
  if (ready == owner.ready.end()) return;
  ready->second.erase(rank_of(job));
  if (!ready->second.empty()) return;
  remove_owner(name, urgency, owner);
  owner.ready.erase(ready);
}

std::optional<JobId> FairScheduler::first() const {
  if (levels_.empty()) return std::nullopt;
  const auto& [urgency, ranks] = *levels_.begin();
  const auto& owner = owners_.at(std::get<std::string>(*ranks.begin()));
  return owner.ready.at(urgency).begin()->second;
}

void FairScheduler::started(const std::string& owner) {
  rerank_owner(owner, [this](Owner& served) {
    ++served.running;
    served.served = ++claims_;
  });
}

void FairScheduler::ended(const std::string& owner) {
  rerank_owner(owner, [](Owner& relieved) { --relieved.running; });
}

void FairScheduler::forget_owner(const std::string& owner) { owners_.erase(owner); }

void FairScheduler::remove_owner(const std::string& name, int urgency, const Owner& owner) {
  const auto level = levels_.find(urgency);
  level->second.erase(owner.rank(name));
  if (level->second.empty()) levels_.erase(level);
}

template <class Change>
void FairScheduler::rerank_owner(const std::string& name, Change change) {
  auto& owner = owners_[name];
  for (const auto& [urgency, ready] : owner.ready) remove_owner(name, urgency, owner);
  change(owner);
  for (const auto& [urgency, ready] : owner.ready) levels_[urgency].insert(owner.rank(name));
}

}  // namespace convert::job_store
