// SPDX-License-Identifier: MIT
#include "api/tasks/task_list.hpp"

#include <fmt/format.h>

#include <utility>

namespace convert::server::api {
namespace {

constexpr std::size_t kEntryOverhead = 256;  // of one list, beside its texts

std::string cache_key(std::string_view owner, std::string_view query) {
  return fmt::format("{}:{}{}", owner.size(), owner, query);
}

}  // namespace

TaskListCache::TaskListCache(std::size_t bytes, Now now) : max_bytes_(bytes), now_(std::move(now)) {}

std::size_t TaskListCache::Entry::size() const {
  return kEntryOverhead + key.size() + list->body->size() + list->next.size();
}

const TaskListCache::OwnerVersion& TaskListCache::owner_version(std::string_view owner) const {
  return owner_versions_[std::hash<std::string_view>()(owner) % owner_versions_.size()];
}

TaskListCache::OwnerVersion& TaskListCache::owner_version(std::string_view owner) {
  return owner_versions_[std::hash<std::string_view>()(owner) % owner_versions_.size()];
}

void TaskListCache::note_revision(std::string_view owner, Revision revision) {
  OwnerVersion& own = owner_version(owner);
  Revision newest = own.newest;
  if (revision <= newest) return;
  ++own.version;  // first: whoever finds `newest` risen relies on it
  while (revision > newest && !own.newest.compare_exchange_weak(newest, revision)) continue;
}

void TaskListCache::invalidate(std::string_view owner) { ++owner_version(owner).version; }

std::uint64_t TaskListCache::version(std::string_view owner) const { return owner_version(owner).version; }

std::shared_ptr<const RenderedList> TaskListCache::find(std::string_view owner, std::string_view query) {
  const std::string key = cache_key(owner, query);
  const std::lock_guard lock(mutex_);
  const auto found = by_key_.find(key);
  if (found == by_key_.end()) return nullptr;
  const auto entry = found->second;
  if (entry->version != version(owner) || now_() >= entry->until) {
    evict(entry);
    return nullptr;
  }
  lru_.splice(lru_.begin(), lru_, entry);
  return entry->list;
}

void TaskListCache::store(std::string_view owner, std::string_view query, std::uint64_t version,
                          RenderedList list, Clock::duration ttl) {
  const auto now = now_();
  const auto until = ttl < Clock::time_point::max() - now ? now + ttl : Clock::time_point::max();
  Entry entry{cache_key(owner, query), version, until, std::make_shared<const RenderedList>(std::move(list))};
  if (entry.size() > max_bytes_ / 4 || version != this->version(owner)) return;
  const std::lock_guard lock(mutex_);
  if (const auto old = by_key_.find(entry.key); old != by_key_.end()) evict(old->second);
  bytes_ += entry.size();
  lru_.push_front(std::move(entry));
  by_key_.emplace(lru_.front().key, lru_.begin());
  while (bytes_ > max_bytes_) evict(std::prev(lru_.end()));
}

void TaskListCache::evict(LruList::iterator entry) {
  bytes_ -= entry->size();
  by_key_.erase(entry->key);
  lru_.erase(entry);
}

}  // namespace convert::server::api
