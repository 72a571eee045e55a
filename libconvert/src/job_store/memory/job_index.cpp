// SPDX-License-Identifier: MIT
#include "job_store/memory/job_index.hpp"

#include <algorithm>
#include <iterator>

#include "job_store/job_store_rules.hpp"

namespace convert::job_store {
namespace {

bool matches(const Job& job, const JobFilter& filter) {
  const auto& states = filter.states;
  return (!filter.owner || job.request.owner == *filter.owner) &&
         (states.empty() || std::find(states.begin(), states.end(), job.state) != states.end()) &&
         (filter.unique_key.empty() || job.request.unique_key == filter.unique_key) &&
         (filter.fingerprint.empty() || job.request.fingerprint == filter.fingerprint) &&
         (filter.file.empty() || (!job.inputs_expired && has_name(job.request.inputs, filter.file)) ||
          has_name(job.outputs, filter.file)) &&
         (!filter.finished_before || (job.finished && *job.finished < *filter.finished_before)) &&
         (!filter.has_inputs || !job.inputs_expired) && (!filter.has_outputs || !job.outputs.empty());
}

bool beyond_cursor(JobId id, const JobFilter& filter) {
  return filter.descending ? filter.after == 0 || id < filter.after : id > filter.after;
}

/// Visits an ordered container from the filter's cursor on, in its direction, until `look` returns false.
template <class Container, class Look>
void walk(const Container& container, const JobFilter& filter, Look look) {
  if (!filter.descending) {
    for (auto at = container.upper_bound(filter.after); at != container.end() && look(*at); ++at) continue;
    return;
  }
  auto end = filter.after == 0 ? container.end() : container.lower_bound(filter.after);
  for (auto at = std::make_reverse_iterator(end); at != container.rend() && look(*at); ++at) continue;
}

void erase_from(auto& index, const std::string& name, JobId id) {
  const auto ids = index.find(name);
  ids->second.erase(id);
  if (ids->second.empty()) index.erase(ids);
}

}  // namespace

const Job* JobIndex::find(JobId id) const {
  const auto found = jobs_.find(id);
  return found == jobs_.end() ? nullptr : &found->second;
}

const Job* JobIndex::find(const std::string& owner, const std::string& unique_key) const {
  const auto found = by_unique_key_.find({owner, unique_key});
  return found == by_unique_key_.end() ? nullptr : find(found->second);
}

const Job& JobIndex::add(Job job) {
  const auto& added = jobs_.emplace(job.id, job).first->second;
  enter(added);
  if (!added.request.unique_key.empty()) {
    by_unique_key_.emplace(std::pair(added.request.owner, added.request.unique_key), added.id);
  }
  for (const auto& input : added.request.inputs) take_key(input.key);
  return added;
}

void JobIndex::change(Job job) {
  auto& place = jobs_.at(job.id);
  leave(place);
  place = std::move(job);
  enter(place);
}

void JobIndex::remove(JobId id) {
  const auto& job = jobs_.at(id);
  leave(job);
  if (!job.request.unique_key.empty()) by_unique_key_.erase({job.request.owner, job.request.unique_key});
  if (!job.inputs_expired) {
    for (const auto& input : job.request.inputs) free_key(input.key);
  }
  for (const auto& output : job.outputs) free_key(output.key);
  jobs_.erase(id);
}

void JobIndex::free_key(const Key& key) {
  const auto found = blob_keys_.find(key);
  if (found != blob_keys_.end() && --found->second == 0) blob_keys_.erase(found);
}

std::vector<Job> JobIndex::list(const JobFilter& filter) const {
  std::vector<Job> found;
  const auto look = [&](const Job& job) {
    if (matches(job, filter)) found.push_back(job);
    return found.size() < filter.max;
  };
  if (filter.owner && !filter.unique_key.empty()) {
    const auto* job = find(*filter.owner, filter.unique_key);
    if (job != nullptr && beyond_cursor(job->id, filter)) look(*job);
  } else if (const auto* ids = narrowest_index(filter)) {
    walk(*ids, filter, [&](JobId id) { return look(jobs_.at(id)); });
  } else {
    walk(jobs_, filter, [&](const auto& entry) { return look(entry.second); });
  }
  return found;
}

Usage JobIndex::usage(const std::string& owner) const {
  Usage usage;
  for (const JobId id : ids_in(by_owner_, owner)) job_store::add(usage, jobs_.at(id));
  return usage;
}

const JobIndex::Ids* JobIndex::narrowest_index(const JobFilter& filter) const {
  if (!filter.fingerprint.empty()) {
    return &ids_in(filter.has_outputs ? with_outputs_by_fingerprint_ : by_fingerprint_, filter.fingerprint);
  }
  const auto* of_owner = filter.owner ? &ids_in(by_owner_, *filter.owner) : nullptr;
  const auto* of_state = filter.states.size() == 1 ? &by_state_[index(filter.states.front())] : nullptr;
  if (of_owner == nullptr || of_state == nullptr) return of_owner != nullptr ? of_owner : of_state;
  return of_owner->size() <= of_state->size() ? of_owner : of_state;
}

const JobIndex::Ids& JobIndex::ids_in(const Index& index, const std::string& name) {
  static const Ids none;
  const auto found = index.find(name);
  return found == index.end() ? none : found->second;
}

void JobIndex::enter(const Job& job) {
  by_state_[index(job.state)].insert(job.id);
  by_owner_[job.request.owner].insert(job.id);
  if (const auto& work = job.request.fingerprint; !work.empty()) {
    by_fingerprint_[work].insert(job.id);
    if (!job.outputs.empty()) with_outputs_by_fingerprint_[work].insert(job.id);
  }
  if (!ended(job.state)) ++unfinished_[job.request.owner];
}

void JobIndex::leave(const Job& job) {
  by_state_[index(job.state)].erase(job.id);
  erase_from(by_owner_, job.request.owner, job.id);
  if (const auto& work = job.request.fingerprint; !work.empty()) {
    erase_from(by_fingerprint_, work, job.id);
    if (!job.outputs.empty()) erase_from(with_outputs_by_fingerprint_, work, job.id);
  }
  if (ended(job.state)) return;
  const auto busy = unfinished_.find(job.request.owner);
  if (--busy->second == 0) unfinished_.erase(busy);
}

}  // namespace convert::job_store
