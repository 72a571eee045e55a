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

/// The value of an argument, if it was given.
using QueryArguments = std::function<std::optional<std::string>(std::string_view name)>;

/// Which tasks a list shall have.
struct TaskQuery {
  std::size_t max = 1'000;  ///< 1 to 1,000
  bool descending = false;  ///< by id
  JobId after = 0;          ///< the last id that the client has
  std::vector<JobState> states{};

  JobFilter filter(std::string_view owner) const;
  /// Equal for equal questions.
  std::string cache_key() const;
  /// What asks for the rest of a list that ended with `last`: "/api/tasks?max=10&order=0&after=17".
  std::string next_page_url(JobId last) const;
};

/// Reads `max`, `order` (0 ascending, 1 descending), `after` and `state` (names with commas between).
/// A larger `max` than can be is the largest. Errors: `invalid_argument`.
Outcome<TaskQuery> parse_task_query(const QueryArguments& arguments);

/// A list of tasks, ready to be sent.
struct RenderedList {
  std::shared_ptr<const std::string> body;
  std::string next{};  ///< the address of what follows; empty: nothing does
};

/// Lists as they were sent last, each until one of its owner's tasks changes. Thread-safe.
///
/// A revision that somebody has seen was committed, and whoever reads the store afterwards sees it too:
/// that is why a list which was read before is thrown away, and one that was read after it is kept.
class TaskListCache {
 public:
  using Clock = std::chrono::steady_clock;
  using Now = std::function<Clock::time_point()>;

  explicit TaskListCache(std::size_t bytes = std::size_t{16} << 20, Now now = &Clock::now);

  /// A change of one of the owner's tasks became known, from wherever.
  void note_revision(std::string_view owner, Revision revision);
  /// As `note_revision`, when it is not known which revision it was.
  void invalidate(std::string_view owner);

  /// How often something of the owner's has changed. Asked before the store is read, and given to `store`.
  std::uint64_t version(std::string_view owner) const;

  /// What was kept, if nothing has changed since.
  std::shared_ptr<const RenderedList> find(std::string_view owner, std::string_view query);

  /// Keeps a list that was read after `version` was asked for; for at most `ttl`.
  void store(std::string_view owner, std::string_view query, std::uint64_t version, RenderedList list,
             Clock::duration ttl = Clock::duration::max());

 private:
  /// Several owners may share one: then they lose their lists for each other's changes, and nothing more.
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
  using LruList = std::list<Entry>;  // the one asked for last stands first

  const OwnerVersion& owner_version(std::string_view owner) const;
  OwnerVersion& owner_version(std::string_view owner);
  void evict(LruList::iterator entry);

  const std::size_t max_bytes_;
  const Now now_;
  std::array<OwnerVersion, 4'096> owner_versions_;
  std::mutex mutex_;  // for what follows
  LruList lru_;
  std::unordered_map<std::string_view, LruList::iterator> by_key_;
  std::size_t bytes_ = 0;
};

}  // namespace convert::server::api
