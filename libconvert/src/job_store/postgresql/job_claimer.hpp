// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include <convert/job_store.hpp>

#include "job_store/postgresql/job_row.hpp"
#include "postgresql/connection_pool.hpp"

namespace convert::job_store::pg {

/// Claims jobs in the order of `JobStore::claim`. Thread-safe.
class JobClaimer {
 public:
  explicit JobClaimer(postgresql::ConnectionPool& pool) : pool_(pool) {}

  /// As `JobStore::claim`. One round trip, unless jobs are in the way: delayed ones whose time has come, or
  /// duplicates of running ones. `clock` is the store's time, if that is not the server's.
  Result<std::vector<Job>> claim(const ClaimRequest& request, std::optional<Time> clock);

 private:
  /// What one statement has found.
  struct Found {
    std::vector<Job> jobs;
    std::vector<Claim> unreadable;
    std::optional<Error> damage{};
    std::size_t claimed = 0;
    bool delayed = false;
    std::optional<std::int64_t> urgency{};
    bool lower = false;
    std::int64_t owners = 0;
    std::string last_owner{};
    std::vector<std::int64_t> blocked{};
    std::vector<std::string> fingerprints{};
  };
  /// How the next statement is to be run.
  struct Attempt {
    std::size_t max = 0;
    std::int64_t below = 0;  // urgency
    std::string first_owner{};
    bool leave_delayed = false;
    std::size_t window = 0;
  };

  Result<Found> claim_once(const ClaimRequest& request, const Attempt& attempt, std::optional<Time> clock);
  static void read_claims(postgresql::Rows& rows, Found& found);
  Result<void> put_aside(const Found& found);
  Result<void> unclaim(const std::vector<Claim>& claims, std::optional<Time> clock);
  std::vector<std::int64_t> unreadable_jobs();
  std::string first_owner();
  void set_first_owner(std::string owner);

  postgresql::ConnectionPool& pool_;
  std::mutex mutex_;
  std::string first_owner_;                // with more owners than a statement considers: where to continue
  std::deque<std::int64_t> unreadable_{};  // jobs with a spec of a newer build, or damaged: for others
};

}  // namespace convert::job_store::pg
