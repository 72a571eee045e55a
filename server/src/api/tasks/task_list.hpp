// SPDX-License-Identifier: MIT
#pragma once

#include <array>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <list>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

#include <convert/job.hpp>
#include <convert/result.hpp>

#include "api/support/problems.hpp"

namespace convert::server::api {

/// The value of a query parameter; nullopt if it is missing.
using QueryArguments = std::function<std::optional<std::string>(std::string_view name)>;

/// Which tasks a list contains.
struct TaskQuery {
  std::size_t max = 1'000;  ///< 1 to 1,000
  bool descending = false;  ///< by id
  JobId after = 0;          ///< the last id that the client has received
  std::vector<JobState> states{};

  JobFilter filter(std::string_view owner) const;
  /// Equal for queries with equal results.
  std::string cache_key() const;
  /// The URL of the page after `last`: "/api/tasks?max=10&order=0&after=17".
  std::string next_page_url(JobId last) const;
};

/// Parses `max`, `order` (0 ascending, 1 descending), `after` and `state` (names separated by commas).
/// A `max` above the limit becomes the limit. Problem: `invalid_argument`.
Outcome<TaskQuery> parse_task_query(const QueryArguments& arguments);

/// A list of tasks as it is sent.
struct RenderedList {
  std::shared_ptr<const std::string> body;
  std::string next{};  ///< the URL of the next page; empty on the last page
};

/// Caches rendered lists until a task of their owner changes. Thread-safe.
///
/// A revision that has been seen anywhere is committed, so every later read of the store includes it. A list
/// that was read earlier is therefore dropped, and one that was read later stays valid.
class TaskListCache {
 public:
  using Clock = std::chrono::steady_clock;
  using Now = std::function<Clock::time_point()>;

  explicit TaskListCache(std::size_t bytes = std::size_t{16} << 20, Now now = &Clock::now);

  /// Reports a change of one of the owner's tasks.
  void note_revision(std::string_view owner, Revision revision);
  /// As `note_revision` if the revision is unknown.
  void invalidate(std::string_view owner);

  /// A counter of the owner's changes. Read it before the job store, and pass it to `store`.
  std::uint64_t version(std::string_view owner) const;

  /// The cached list, if nothing has changed since it was stored.
  std::shared_ptr<const RenderedList> find(std::string_view owner, std::string_view query);

  /// Caches a list that was read after `version`, for at most `ttl`.
  void store(std::string_view owner, std::string_view query, std::uint64_t version, RenderedList list,
             Clock::duration ttl = Clock::duration::max());

 private:
  /// Owners with equal hashes share one; then a change of one also drops the lists of the other.
  struct OwnerVersion {
    std::atomic<std::uint64_t> version = 1;
    std::atomic<Revision> newest = 0;
  };
  struct Entry {
    std::string key;
    std::uint64_t version = 0;
    Clock::time_point until{};
    std::shared_ptr<const RenderedList> list;
    std::size_t size() const;
  };
  using LruList = std::list<Entry>;  // most recently used first

  const OwnerVersion& owner_version(std::string_view owner) const;
  OwnerVersion& owner_version(std::string_view owner);
  void evict(LruList::iterator entry);

  const std::size_t max_bytes_;
  const Now now_;
  std::array<OwnerVersion, 4'096> owner_versions_;
  std::mutex mutex_;  // guards the members below
  LruList lru_;
  std::unordered_map<std::string_view, LruList::iterator> by_key_;
  std::size_t bytes_ = 0;
};

}  // namespace convert::server::api
