// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <tuple>
#include <unordered_map>
#include <utility>

#include <convert/job.hpp>

namespace convert::job_store {

/// Whose turn it is: the jobs that could be claimed, in the order that JobStore::claim promises. Each call is
/// O(log n), times the number of different urgencies that the owner's jobs have.
class Turns {
 public:
  void add(const Job& job);
  void remove(const Job& job);

  /// The job whose turn it is.
  std::optional<JobId> first() const;

  /// One more of the owner's jobs runs: it was served.
  void started(const std::string& owner);
  void ended(const std::string& owner);

  /// The owner has no jobs any more.
  void forget(const std::string& owner);

 private:
  using Place = std::pair<std::int64_t, JobId>;  // higher priority first, then lower id
  using Rank = std::tuple<std::size_t, std::uint64_t, std::string>;

  struct Owner {
    std::size_t running = 0;
    std::uint64_t served = 0;              // the number of its last turn
    std::map<int, std::set<Place>> ready;  // by urgency
    Rank rank(const std::string& name) const { return {running, served, name}; }
  };

  static Place place(const Job& job) { return {-std::int64_t{job.request.priority}, job.id}; }
  void leave(const std::string& name, int urgency, const Owner& owner);
  template <class Change>
  void rank_again(const std::string& name, Change change);

  std::unordered_map<std::string, Owner> owners_;
  std::map<int, std::set<Rank>, std::greater<>> levels_;  // of each urgency: the owners with jobs of it
  std::uint64_t turn_ = 0;
};

}  // namespace convert::job_store
