// SPDX-License-Identifier: MIT
#include "api/tasks/task_list.hpp"

#include <fmt/format.h>
#include <algorithm>
#include <charconv>
#include <utility>

#include "api/support/problems.hpp"
#include "api/tasks/task_json.hpp"
#include "base/try.hpp"

namespace convert::server::api {
namespace {

constexpr std::size_t kMaxPageSize = 1'000;

/// Digits only: no sign, no space. A number that is too large becomes UINT64_MAX.
std::optional<std::uint64_t> parse_count(std::string_view text) {
  const auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
  if (text.empty() || !std::all_of(text.begin(), text.end(), is_digit)) return {};
  std::uint64_t number = 0;
  const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (code != std::errc()) return UINT64_MAX;
  return number;
}

Error query_error(std::string_view sentence) {
  return Error{Errc::invalid_argument, std::string(sentence), false};
}

Outcome<void> parse_max(TaskQuery& query, std::string_view text) {
  const auto number = parse_count(text);
  if (!number || *number == 0) return query_error("max must be at least 1.");
  query.max = static_cast<std::size_t>(std::min<std::uint64_t>(*number, kMaxPageSize));
  return {};
}

Outcome<void> parse_order(TaskQuery& query, std::string_view text) {
  if (text != "0" && text != "1") return query_error("order must be 0 (ascending by id) or 1 (descending).");
  query.descending = text == "1";
  return {};
}

Outcome<void> parse_after(TaskQuery& query, std::string_view text) {
  const auto number = parse_count(text);
  if (!number || *number > INT64_MAX) return query_error("after must be a task id, the last one received.");
  query.after = static_cast<JobId>(*number);
  return {};
}

Outcome<void> parse_states(TaskQuery& query, std::string_view text) {
  while (!text.empty()) {
    const auto comma = std::min(text.find(','), text.size());
    const auto state = job_state(text.substr(0, comma));
    if (!state) {
      return query_error(
          "state must be UPLOADED, PROCESSING, PROCESSED, FAILED or CANCELLED, or several separated by "
          "commas.");
    }
    if (std::find(query.states.begin(), query.states.end(), *state) == query.states.end()) {
      query.states.push_back(*state);
    }
    text.remove_prefix(std::min(comma + 1, text.size()));
  }
  std::sort(query.states.begin(), query.states.end());
  return {};
}

std::string states_text(const std::vector<JobState>& states) {
  std::string text;
  for (const JobState state : states) text += fmt::format("{}{}", text.empty() ? "" : ",", task_state(state));
  return text;
}

constexpr std::size_t kEntryOverhead = 256;  // bytes of an entry besides its texts

std::string cache_key(std::string_view owner, std::string_view query) {
  return fmt::format("{}:{}{}", owner.size(), owner, query);
}

}  // namespace

Outcome<TaskQuery> parse_task_query(const QueryArguments& arguments) {
  TaskQuery query;
  const std::pair<std::string_view, Outcome<void> (*)(TaskQuery&, std::string_view)> known[] = {
      {"max", parse_max}, {"order", parse_order}, {"after", parse_after}, {"state", parse_states}};
  for (const auto& [name, read] : known) {
    const auto value = arguments(name);
    if (!value) continue;
    CONVERT_TRY(read(query, *value));
  }
  return query;
}

JobFilter TaskQuery::filter(std::string_view owner) const {
  JobFilter filter;
  filter.owner = std::string(owner);
  filter.states = states;
  filter.after = after;
  filter.descending = descending;
  filter.max = max;
  return filter;
}

std::string TaskQuery::cache_key() const {
  return fmt::format("{}|{}|{}|{}", max, descending ? 1 : 0, after, states_text(states));
}

std::string TaskQuery::next_page_url(JobId last) const {
  std::string address = fmt::format("/api/tasks?max={}&order={}&after={}", max, descending ? 1 : 0, last);
  if (!states.empty()) address += "&state=" + states_text(states);
  return address;
}

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
  ++own.version;  // before `newest`: a reader of the new `newest` must see it
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
