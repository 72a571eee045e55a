// SPDX-License-Identifier: MIT
// The defaults of JobStore, for stores of embedders that know nothing better.
#include <convert/job_store.hpp>

#include <utility>

#include "base/try.hpp"
#include "job_store/job_store_rules.hpp"

namespace convert {

Result<std::vector<Claim>> JobStore::lost_claims(std::span<const Claim> claims) {
  std::vector<Claim> lost;
  for (const Claim& claim : claims) {
    auto job = find(claim.id);
    if (!job && job.error().code != Errc::not_found) return std::move(job).error();
    if (!job || !job_store::holds(*job, claim)) lost.push_back(claim);
  }
  return lost;
}

Result<std::vector<Job>> JobStore::find_many(std::span<const JobId> ids) {
  std::vector<Job> jobs;
  jobs.reserve(ids.size());
  for (const JobId id : ids) {
    auto job = find(id);
    if (job) {
      jobs.push_back(std::move(*job));
    } else if (job.error().code != Errc::not_found) {
      return std::move(job).error();
    }
  }
  return jobs;
}

Result<std::vector<Change>> JobStore::job_changes(JobId id, Revision after, std::size_t max) {
  constexpr std::size_t kPage = 1'000;
  std::vector<Change> found;
  for (;;) {
    CONVERT_TRY_ASSIGN(auto page, changes(after, kPage));
    for (Change& change : page) {
      after = change.revision;
      if (change.job == id && found.size() < max) found.push_back(std::move(change));
    }
    if (page.size() < kPage || found.size() >= max) return found;
  }
}

Result<Revision> JobStore::last_revision() {
  CONVERT_TRY_ASSIGN(const auto now, statistics());
  return now.revision;
}

std::shared_ptr<void> JobStore::notify_changes(std::function<void()> /*callback*/) { return {}; }

Result<bool> JobStore::elect(std::string_view /*role*/, std::string_view /*host*/,
                             std::chrono::milliseconds lease) {
  return lease > std::chrono::milliseconds(0);
}

Result<void> JobStore::ready() {
  auto job = find(0);
  if (job || job.error().code == Errc::not_found) return {};
  return std::move(job).error();
}

}  // namespace convert
