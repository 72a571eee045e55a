// SPDX-License-Identifier: MIT
#pragma once

#include <array>
#include <cstddef>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include <convert/job.hpp>

namespace convert::job_store {

/// The jobs of a memory store, with indexes for all filters of `JobStore::list`.
class JobIndex {
 public:
  /// The job, or null. Its address stays valid until `remove`.
  const Job* find(JobId id) const;
  /// The job of an owner that has this unique key, or null.
  const Job* find(const std::string& owner, const std::string& unique_key) const;

  const Job& add(Job job);
  /// Replaces the job with that id.
  void change(Job job);
  void remove(JobId id);

  std::vector<Job> list(const JobFilter& filter) const;

  Usage usage(const std::string& owner) const;

  /// Whether a job has the blob.
  bool has(const Key& key) const { return blob_keys_.contains(key); }
  void take_key(const Key& key) { ++blob_keys_[key]; }
  void free_key(const Key& key);

  std::size_t in(JobState state) const { return by_state_[index(state)].size(); }
  /// The number of owners with queued or running jobs.
  std::size_t busy_owners() const { return unfinished_.size(); }
  bool has_owner(const std::string& owner) const { return by_owner_.contains(owner); }
  void note_progress(JobId id, double progress) { jobs_.at(id).progress = progress; }

 private:
  using Ids = std::set<JobId>;
  using Index = std::unordered_map<std::string, Ids>;

  static std::size_t index(JobState state) { return static_cast<std::size_t>(state) - 1; }
  static const Ids& ids_in(const Index& index, const std::string& name);
  void enter(const Job& job);
  void leave(const Job& job);
  const Ids* narrowest_index(const JobFilter& filter) const;

  std::map<JobId, Job> jobs_;
  std::array<Ids, kJobStates> by_state_;
  Index by_owner_;
  Index by_fingerprint_;
  Index with_outputs_by_fingerprint_;
  std::unordered_map<std::string, std::size_t> unfinished_;  // number of queued and running jobs by owner
  std::map<std::pair<std::string, std::string>, JobId> by_unique_key_;
  std::unordered_map<Key, std::size_t> blob_keys_;
};

}  // namespace convert::job_store
