// SPDX-License-Identifier: MIT

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <deque>
#include <iterator>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include <convert/job.hpp>
#include <convert/job_store.hpp>

#include "base/try.hpp"
#include "job_store/change_notifier.hpp"
#include "job_store/elections.hpp"
#include "job_store/job_store_rules.hpp"
#include "job_store/memory/fair_scheduler.hpp"
#include "job_store/memory/job_index.hpp"
#include "job_store/memory/ready_queue.hpp"

namespace convert {
namespace {

using namespace job_store;
using std::chrono::milliseconds;

/// The change log.
class ChangeLog {
 public:
  /// Appends an entry and returns its revision.
  Revision add(const Job& job, ChangeKind kind, Time at);
  std::vector<Change> after(Revision revision, std::size_t max) const;
  std::vector<Change> after(Revision revision, std::size_t max, JobId job) const;
  void trim(Time before);
  Revision latest() const { return lines_.empty() ? 0 : lines_.back().revision; }

 private:
  std::deque<Change> lines_;
};

Revision ChangeLog::add(const Job& job, ChangeKind kind, Time at) {
  const auto revision = latest() + 1;
  lines_.push_back({revision, job.id, job.request.owner, kind, job.state, at});
  return revision;
}

std::vector<Change> ChangeLog::after(Revision revision, std::size_t max) const {
  const auto first =
      std::upper_bound(lines_.begin(), lines_.end(), revision,
                       [](Revision after, const Change& line) { return after < line.revision; });
  const auto left = static_cast<std::size_t>(std::distance(first, lines_.end()));
  return {first, first + static_cast<std::ptrdiff_t>(std::min(max, left))};
}

std::vector<Change> ChangeLog::after(Revision revision, std::size_t max, JobId job) const {
  std::vector<Change> found;
  auto line = std::upper_bound(lines_.begin(), lines_.end(), revision,
                               [](Revision after, const Change& entry) { return after < entry.revision; });
  for (; line != lines_.end() && found.size() < max; ++line) {
    if (line->job == job) found.push_back(*line);
  }
  return found;
}

void ChangeLog::trim(Time before) {
  if (lines_.empty()) return;
  const auto newest = lines_.back().revision;
  std::erase_if(lines_, [&](const Change& line) { return line.at < before && line.revision != newest; });
}

/// The leases of the running jobs. Each call takes O(log n).
class Leases {
 public:
  /// Starts or renews a lease.
  void renew(JobId id, Time now, std::chrono::milliseconds length);
  void end(JobId id);

  /// A job whose lease has ended, or was renewed in the future by more than its length (the clock was set
  /// back).
  std::optional<JobId> expired(Time now) const;

 private:
  using ByTime = std::set<std::pair<Time, JobId>>;
  struct Lease {
    Time until{};  // valid from `since` to before `until`
    Time since{};
  };
  std::unordered_map<JobId, Lease> leases_;
  ByTime by_until_;
  ByTime by_since_;
};

void Leases::renew(JobId id, Time now, std::chrono::milliseconds length) {
  end(id);
  const Lease lease{now + length, now - length};
  leases_.emplace(id, lease);
  by_until_.emplace(lease.until, id);
  by_since_.emplace(lease.since, id);
}

void Leases::end(JobId id) {
  const auto lease = leases_.find(id);
  if (lease == leases_.end()) return;
  by_until_.erase({lease->second.until, id});
  by_since_.erase({lease->second.since, id});
  leases_.erase(lease);
}

std::optional<JobId> Leases::expired(Time now) const {
  if (by_until_.empty()) return std::nullopt;
  if (by_until_.begin()->first <= now) return by_until_.begin()->second;
  if (by_since_.rbegin()->first > now) return by_since_.rbegin()->second;
  return std::nullopt;
}

class MemoryJobStore final : public JobStore {
 public:
  explicit MemoryJobStore(Clock clock) : clock_(std::move(clock)) {}

  Result<Job> insert(const JobRequest& request) override {
    const std::scoped_lock lock(mutex_);
    const auto at = time_now();
    auto created = new_job(request, at);
    if (!created) return created;
    if (!request.unique_key.empty()) {
      if (const auto* taken = jobs_.find(request.owner, request.unique_key)) {
        return unique_key_taken(request, taken->id);
      }
    }
    for (const auto& input : request.inputs) {
      if (jobs_.has(input.key)) return input_taken(input.key);
    }
    auto& job = *created;
    job.id = ++last_id_;
    job.revision = log_.add(job, ChangeKind::submitted, at);
    const auto& added = jobs_.add(job);
    ready_queue_.add(added, at);
    notifier_.notify();
    return created;
  }

  Result<std::vector<Job>> claim(const ClaimRequest& request) override {
    CONVERT_TRY(check_lease(request.lease));
    const std::scoped_lock lock(mutex_);
    const auto at = time_now();
    ready_queue_.update_time(at);
    std::vector<Job> claimed;
    while (claimed.size() < request.max) {
      const auto id = scheduler_.first();
      if (!id) break;
      const auto& job = *jobs_.find(*id);
      CONVERT_TRY_ASSIGN(auto step, apply_event(job, event::Claimed{request.worker, job.token + 1}, at));
      claimed.push_back(change(std::move(step), at));
      leases_.renew(*id, at, request.lease);
    }
    return claimed;
  }

  Result<std::vector<Claim>> heartbeat(std::span<const ClaimHeartbeat> heartbeats,
                                       milliseconds lease) override {
    CONVERT_TRY(check_lease(lease));
    const std::scoped_lock lock(mutex_);
    const auto at = time_now();
    std::vector<Claim> lost;
    for (const auto& beat : heartbeats) {
      const auto* job = jobs_.find(beat.claim.id);
      if (job == nullptr || !holds(*job, beat.claim)) {
        lost.push_back(beat.claim);
        continue;
      }
      jobs_.note_progress(job->id, clamped_progress(beat));
      leases_.renew(job->id, at, lease);
    }
    return lost;
  }

  Result<std::vector<Claim>> lost_claims(std::span<const Claim> claims) override {
    const std::scoped_lock lock(mutex_);
    std::vector<Claim> lost;
    std::copy_if(claims.begin(), claims.end(), std::back_inserter(lost), [this](const Claim& claim) {
      const auto* job = jobs_.find(claim.id);
      return job == nullptr || !holds(*job, claim);
    });
    return lost;
  }

  Result<Transition> apply(JobId id, const Event& event) override {
    CONVERT_TRY(check_event(event));
    const std::scoped_lock lock(mutex_);
    const auto* job = jobs_.find(id);
    if (job == nullptr) return no_such_job(id);
    const auto at = time_now();
    auto step = apply_event(*job, event, at);
    if (step && step->changed) step->job = change(*step, at);
    return step;
  }

  Result<std::vector<Job>> expire_leases(std::size_t max) override {
    const std::scoped_lock lock(mutex_);
    const auto at = time_now();
    std::vector<Job> interrupted;
    while (interrupted.size() < max) {
      const auto id = leases_.expired(at);
      if (!id) break;
      const auto& job = *jobs_.find(*id);
      CONVERT_TRY_ASSIGN(auto step, apply_event(job, event::Interrupted{job.token}, at));
      interrupted.push_back(change(std::move(step), at));
    }
    return interrupted;
  }

  Result<Job> remove(JobId id, std::optional<Time> finished_before) override {
    const std::scoped_lock lock(mutex_);
    const auto* found = jobs_.find(id);
    if (found == nullptr) return no_such_job(id);
    CONVERT_TRY(check_ended_before(*found, finished_before));
    auto job = *found;
    remove_from_queues(*found);
    jobs_.remove(id);
    if (!jobs_.has_owner(job.request.owner)) scheduler_.forget_owner(job.request.owner);
    log_.add(job, ChangeKind::removed, time_now());
    notifier_.notify();
    return job;
  }

  Result<Job> find(JobId id) override {
    const std::scoped_lock lock(mutex_);
    const auto* job = jobs_.find(id);
    if (job == nullptr) return no_such_job(id);
    return *job;
  }

  Result<std::vector<Job>> find_many(std::span<const JobId> ids) override {
    const std::scoped_lock lock(mutex_);
    std::vector<Job> found;
    for (const JobId id : ids) {
      if (const auto* job = jobs_.find(id)) found.push_back(*job);
    }
    return found;
  }

  Result<std::vector<Job>> list(const JobFilter& filter) override {
    CONVERT_TRY(check_filter(filter));
    const std::scoped_lock lock(mutex_);
    return jobs_.list(filter);
  }

  Result<std::vector<Change>> changes(Revision after, std::size_t max) override {
    const std::scoped_lock lock(mutex_);
    return log_.after(after, max);
  }

  Result<std::vector<Change>> job_changes(JobId id, Revision after, std::size_t max) override {
    const std::scoped_lock lock(mutex_);
    return log_.after(after, max, id);
  }

  Result<Revision> last_revision() override {
    const std::scoped_lock lock(mutex_);
    return log_.latest();
  }

  std::shared_ptr<void> notify_changes(std::function<void()> callback) override {
    return notifier_.add(std::move(callback));
  }

  Result<void> trim_changes(Time before) override {
    const std::scoped_lock lock(mutex_);
    log_.trim(before);
    return {};
  }

  Result<std::vector<Key>> unreferenced(std::span<const Key> keys) override {
    const std::scoped_lock lock(mutex_);
    std::vector<Key> unreferenced;
    std::copy_if(keys.begin(), keys.end(), std::back_inserter(unreferenced),
                 [this](const Key& key) { return !jobs_.has(key); });
    return unreferenced;
  }

  Result<Statistics> statistics() override {
    const std::scoped_lock lock(mutex_);
    const auto at = time_now();
    ready_queue_.update_time(at);
    Statistics statistics_now;
    for (std::size_t state = 0; state < kJobStates; ++state) {
      statistics_now.jobs[state] = jobs_.in(static_cast<JobState>(state + 1));
    }
    statistics_now.ready = ready_queue_.ready();
    statistics_now.delayed = ready_queue_.delayed();
    statistics_now.waiting = ready_queue_.waiting();
    if (const auto since = ready_queue_.oldest_ready())
      statistics_now.oldest_ready = std::max(milliseconds(0), at - *since);
    statistics_now.owners = jobs_.busy_owners();
    statistics_now.revision = log_.latest();
    return statistics_now;
  }

  Result<Usage> usage(std::string_view owner) override {
    const std::scoped_lock lock(mutex_);
    return jobs_.usage(std::string(owner));
  }

  Result<Time> now() override { return time_now(); }

  Result<bool> elect(std::string_view role, std::string_view host, milliseconds lease) override {
    const std::scoped_lock lock(mutex_);
    return elections_.elect(role, host, time_now(), lease);
  }

 private:
  Time time_now() const {
    return clock_ ? clock_() : std::chrono::floor<milliseconds>(std::chrono::system_clock::now());
  }

  /// Stores a transition and returns the job as it is now.
  Job change(Transition step, Time at) {
    auto& job = step.job;
    job.revision = log_.add(job, step.kind, at);
    remove_from_queues(*jobs_.find(job.id));
    jobs_.change(job);
    add_to_queues(*jobs_.find(job.id), at);
    notifier_.notify();
    for (const auto& key : step.dropped_keys) jobs_.free_key(key);
    if (step.kind == ChangeKind::completed) {
      for (const auto& output : job.outputs) jobs_.take_key(output.key);
    }
    return std::move(job);
  }

  void remove_from_queues(const Job& job) {
    if (job.state == JobState::queued) ready_queue_.remove(job);
    if (job.state != JobState::running) return;
    leases_.end(job.id);
    scheduler_.ended(job.request.owner);
    ready_queue_.ended(job);
  }

  void add_to_queues(const Job& job, Time at) {
    if (job.state == JobState::queued) ready_queue_.add(job, at);
    if (job.state != JobState::running) return;
    scheduler_.started(job.request.owner);
    ready_queue_.started(job);
  }

  const Clock clock_;
  std::mutex mutex_;
  JobId last_id_ = 0;
  JobIndex jobs_;
  FairScheduler scheduler_;
  ReadyQueue ready_queue_{scheduler_};
  Leases leases_;
  ChangeLog log_;
  Elections elections_;
  ChangeNotifier notifier_;  // called with the mutex held: callbacks do not call the store
};

}  // namespace

std::shared_ptr<JobStore> memory_job_store(Clock clock) {
  return std::make_shared<MemoryJobStore>(std::move(clock));
}

}  // namespace convert
