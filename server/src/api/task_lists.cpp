// SPDX-License-Identifier: MIT
#include "api/task_lists.hpp"

#include <fmt/format.h>

#include <utility>

namespace convert::server::api {
namespace {

constexpr std::size_t kOverhead = 256;  // of one list, beside its texts

std::string key_of(std::string_view owner, std::string_view query) {
  return fmt::format("{}:{}{}", owner.size(), owner, query);
}

}  // namespace

TaskLists::TaskLists(std::size_t bytes, Now now) : most_(bytes), now_(std::move(now)) {}

std::size_t TaskLists::Kept::size() const {
  return kOverhead + key.size() + list->body->size() + list->next.size();
}

const TaskLists::Slot& TaskLists::slot(std::string_view owner) const {
  return slots_[std::hash<std::string_view>()(owner) % slots_.size()];
}

TaskLists::Slot& TaskLists::slot(std::string_view owner) {
  return slots_[std::hash<std::string_view>()(owner) % slots_.size()];
}

void TaskLists::seen(std::string_view owner, Revision revision) {
  Slot& own = slot(owner);
  Revision newest = own.newest;
  if (revision <= newest) return;
  ++own.version;  // first: whoever finds `newest` risen relies on it
  while (revision > newest && !own.newest.compare_exchange_weak(newest, revision)) continue;
}

void TaskLists::changed(std::string_view owner) { ++slot(owner).version; }

std::uint64_t TaskLists::version(std::string_view owner) const { return slot(owner).version; }

std::shared_ptr<const RenderedList> TaskLists::find(std::string_view owner, std::string_view query) {
  const std::string key = key_of(owner, query);
  const std::lock_guard lock(mutex_);
  const auto found = by_key_.find(key);
  if (found == by_key_.end()) return nullptr;
  const auto kept = found->second;
  if (kept->version != version(owner) || now_() >= kept->until) {
    drop(kept);
    return nullptr;
  }
  order_.splice(order_.begin(), order_, kept);
  return kept->list;
}

void TaskLists::keep(std::string_view owner, std::string_view query, std::uint64_t version, RenderedList list,
                     Clock::duration life) {
  const auto now = now_();
  const auto until = life < Clock::time_point::max() - now ? now + life : Clock::time_point::max();
  Kept kept{key_of(owner, query), version, until, std::make_shared<const RenderedList>(std::move(list))};
  if (kept.size() > most_ / 4 || version != this->version(owner)) return;
  const std::lock_guard lock(mutex_);
  if (const auto old = by_key_.find(kept.key); old != by_key_.end()) drop(old->second);
  bytes_ += kept.size();
  order_.push_front(std::move(kept));
  by_key_.emplace(order_.front().key, order_.begin());
  while (bytes_ > most_) drop(std::prev(order_.end()));
}

void TaskLists::drop(Order::iterator kept) {
  bytes_ -= kept->size();
  by_key_.erase(kept->key);
  order_.erase(kept);
}

}  // namespace convert::server::api
