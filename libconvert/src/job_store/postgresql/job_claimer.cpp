// SPDX-License-Identifier: MIT
#include "job_store/postgresql/job_claimer.hpp"

#include <algorithm>
#include <chrono>
#include <iterator>
#include <limits>
#include <utility>

#include "base/fault_point.hpp"
#include "base/try.hpp"
#include "job_store/postgresql/postgresql_job_statements.hpp"

namespace convert::job_store::pg {
namespace {

using postgresql::Connection;

/// The owners that one statement considers, as in kClaimJobs. With more, each statement continues after the
/// last owner of the one before.
constexpr std::int64_t kOwnersOfClaim = 256;
constexpr std::size_t kMaxClaimed = 1'000;  // fewer than the revisions of a transaction
constexpr std::int64_t kPromoted = 500;     // takes some milliseconds
/// How many jobs of an owner are looked at after one with a duplicate was met.
constexpr std::size_t kWideWindow = 500;
/// More statements than any claim needs: each puts jobs aside, promotes some, or goes to the next urgency.
constexpr int kMaxStatements = 200;
constexpr std::size_t kMaxUnreadable = 1'000;
/// How long a job that this build cannot read is left to others.
constexpr std::chrono::milliseconds kUnreadableDelay(1'000);

/// The columns of kClaimJobs before those of the job.
enum ClaimColumn : int {
  kDelayed,
  kClaimUrgency,
  kLower,
  kOwners,
  kLastOwner,
  kBlocked,
  kBlockedFingerprints,
  kClaimNow,
  kFirstJobColumn
};

}  // namespace

Result<std::vector<Job>> JobClaimer::claim(const ClaimRequest& request, std::optional<Time> clock) {
  std::vector<Job> jobs;
  std::optional<Error> damage;
  const std::size_t max = std::min(request.max, kMaxClaimed);
  Attempt next{max, std::numeric_limits<std::int32_t>::max() + std::int64_t{1}, first_owner(), false, max};
  bool wrapped = next.first_owner.empty();
  for (int statements = 0; jobs.size() < max && statements < kMaxStatements; ++statements) {
    next.max = max - jobs.size();
    auto found = claim_once(request, next, clock);
    // What was claimed is returned; the next call reports the error.
    if (!found && jobs.empty()) return std::move(found).error();
    if (!found) break;
    std::move(found->jobs.begin(), found->jobs.end(), std::back_inserter(jobs));
    if (found->damage) damage = std::move(found->damage);
    // From here on, what was claimed is worth more than an error.
    if (!found->unreadable.empty()) {
      if (auto undone = unclaim(found->unreadable, clock); !undone && jobs.empty())
        return std::move(undone).error();
    }
    const bool many_owners = found->owners >= kOwnersOfClaim;
    if (many_owners) {
      set_first_owner(found->last_owner);
    } else if (!next.first_owner.empty()) {
      set_first_owner({});
    }
    if (found->delayed) {
      std::int64_t promoted = 0;
      const auto end = pool_.run({true, false}, [&](Connection& connection) -> Result<void> {
        promoted = connection.execute(kPromoteJobs, clock, kPromoted);
        return {};
      });
      if (!end && jobs.empty()) return *end.error;
      next.leave_delayed = promoted < kPromoted;
    } else if (jobs.size() >= max) {
      break;
    } else if (!found->blocked.empty()) {
      if (auto done = put_aside(*found); !done && jobs.empty()) return std::move(done).error();
      next.window = std::max(next.window, kWideWindow);
    } else if (found->urgency && many_owners) {
      next.first_owner = found->last_owner;
    } else if (!wrapped) {
      wrapped = true;
      next.first_owner.clear();
    } else if (found->lower && !found->unreadable.empty()) {
      continue;  // the next of the same urgency
    } else if (found->lower) {
      next.below = *found->urgency;
    } else if (found->unreadable.empty()) {
      break;
    }
  }
  if (damage && jobs.empty()) return std::move(*damage);
  return jobs;
}

Result<JobClaimer::Found> JobClaimer::claim_once(const ClaimRequest& request, const Attempt& attempt,
                                                 std::optional<Time> clock) {
  const auto unreadable = unreadable_jobs();
  Found found;
  const auto end = pool_.run({}, [&](Connection& connection) -> Result<void> {
    found = {};
    auto rows =
        connection.query(kClaimJobs, clock, attempt.max, attempt.below, unreadable, attempt.first_owner,
                         request.worker, request.lease.count(), attempt.leave_delayed, attempt.window);
    if (!connection.failed()) read_claims(rows, found);
    CONVERT_FAULT_POINT("postgresql_job_store.claim");
    return {};
  });
  if (!end) return *end.error;
  return found;
}

void JobClaimer::read_claims(postgresql::Rows& rows, Found& found) {
  bool first = true;
  while (rows.next()) {
    if (std::exchange(first, false)) {
      found.delayed = rows.boolean(kDelayed);
      if (!rows.is_null(kClaimUrgency)) found.urgency = rows.integer(kClaimUrgency);
      found.lower = rows.boolean(kLower);
      found.owners = rows.integer(kOwners);
      found.last_owner = rows.text(kLastOwner);
      if (!rows.is_null(kBlocked)) found.blocked = rows.integers(kBlocked);
      if (!rows.is_null(kBlockedFingerprints)) found.fingerprints = rows.texts(kBlockedFingerprints);
    }
    if (rows.is_null(kFirstJobColumn)) continue;
    ++found.claimed;
    auto stored = read_job_row(rows, kFirstJobColumn);
    if (stored && stored->supported) {
      found.jobs.push_back(std::move(stored->job));
      continue;
    }
    constexpr int kTokenOfRow = 15;
    found.unreadable.push_back({rows.integer(kFirstJobColumn), rows.integer(kFirstJobColumn + kTokenOfRow)});
    if (!stored) found.damage = std::move(stored).error();
  }
}

/// The claims of these jobs wait until their duplicates have ended.
Result<void> JobClaimer::put_aside(const Found& found) {
  return pool_
      .run({true, false},
           [&](Connection& connection) -> Result<void> {
             connection.post(kPutAside, found.blocked, found.fingerprints);
             return {};
           })
      .result();
}

/// Returns jobs to the queue, for builds that can read them, and leaves them alone from now on.
Result<void> JobClaimer::unclaim(const std::vector<Claim>& claims, std::optional<Time> clock) {
  {
    const std::scoped_lock lock(mutex_);
    for (const Claim& claim : claims) unreadable_.push_back(claim.id);
    while (unreadable_.size() > kMaxUnreadable) unreadable_.pop_front();
  }
  for (const Claim& claim : claims) {
    const auto end = pool_.run({true, true}, [&](Connection& connection) -> Result<void> {
      connection.post(kUnclaimJob, clock, claim.id, claim.token, kUnreadableDelay.count());
      return {};
    });
    CONVERT_TRY(end.result());
  }
  return {};
}

std::vector<std::int64_t> JobClaimer::unreadable_jobs() {
  const std::scoped_lock lock(mutex_);
  return {unreadable_.begin(), unreadable_.end()};
}

std::string JobClaimer::first_owner() {
  const std::scoped_lock lock(mutex_);
  return first_owner_;
}

void JobClaimer::set_first_owner(std::string owner) {
  const std::scoped_lock lock(mutex_);
  first_owner_ = std::move(owner);
}

}  // namespace convert::job_store::pg
