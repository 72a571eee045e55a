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

/// The jobs that can be claimed now, in the order that `JobStore::claim` promises. Each call takes O(log n),
/// times the number of different urgencies of the owner's jobs.
class FairScheduler {
 public:
  void add(const Job& job);
  void remove(const Job& job);

  /// The job to claim next.
  std::optional<JobId> first() const;

  /// A job of the owner was claimed.
  void started(const std::string& owner);
  void ended(const std::string& owner);

  /// Removes an owner without jobs.
  void forget_owner(const std::string& owner);

 private:
  using JobRank = std::pair<std::int64_t, JobId>;  // higher priority first, then lower id
  using OwnerRank = std::tuple<std::size_t, std::uint64_t, std::string>;

  struct Owner {
    std::size_t running = 0;
    std::uint64_t served = 0;                // the number of its last claim
    std::map<int, std::set<JobRank>> ready;  // by urgency
    OwnerRank rank(const std::string& name) const { return {running, served, name}; }
  };

  static JobRank rank_of(const Job& job) { return {-std::int64_t{job.request.priority}, job.id}; }
  void remove_owner(const std::string& name, int urgency, const Owner& owner);
  template <class Change>
  void rerank_owner(const std::string& name, Change change);

  std::unordered_map<std::string, Owner> owners_;
  std::map<int, std::set<OwnerRank>, std::greater<>> levels_;  // by urgency: the owners with ready jobs of it
  std::uint64_t claims_ = 0;
};

}  // namespace convert::job_store
