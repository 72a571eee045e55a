// SPDX-License-Identifier: MIT
#include <convert/job_store.hpp>

#include <chrono>
#include <optional>
#include <string_view>
#include <utility>

#include "base/try.hpp"
#include "job_store/job_store_rules.hpp"
#include "job_store/sqlite/claim_jobs.hpp"
#include "job_store/sqlite/job_queries.hpp"
#include "job_store/sqlite/job_schema.hpp"
#include "job_store/sqlite/job_statements.hpp"
#include "job_store/sqlite/job_tables.hpp"
#include "sqlite/group_commit.hpp"
#include "sqlite/read_connection_pool.hpp"
#include "sqlite/sqlite_database.hpp"

namespace convert {
namespace {

using namespace job_store;
using sqlite::Connection;
using sqlite::GroupCommit;
using sqlite::ReadConnectionPool;
using std::chrono::milliseconds;
using Flush = GroupCommit::Flush;

/// How many entries of the change log one transaction removes: this takes some milliseconds.
constexpr std::size_t kTrimBatch = 2000;

class SqliteJobStore final : public JobStore {
 public:
  SqliteJobStore(std::unique_ptr<Connection> writer, const SqliteOptions& options)
      : clock_(options.clock),
        writer_(std::move(writer)),
        group_commit_(*writer_, options.durability),
        read_connections_(writer_->database(), options.busy_timeout) {}

  Result<Job> insert(const JobRequest& request) override {
    return write<Job>(Flush::required,
                      [&](Connection& connection) { return insert_job(connection, request, time_now()); });
  }

  Result<std::vector<Job>> claim(const ClaimRequest& request) override {
    CONVERT_TRY(check_lease(request.lease));
    const auto claim_some = [&](Connection& connection) -> Result<ClaimBatch> {
      return claim_jobs(connection, request, time_now());
    };
    for (;;) {
      CONVERT_TRY_ASSIGN(auto claimed, write<ClaimBatch>(Flush::not_required, claim_some));
      if (!claimed.call_again) return std::move(claimed.jobs);
    }
  }

  Result<std::vector<Claim>> heartbeat(std::span<const ClaimHeartbeat> heartbeats,
                                       milliseconds lease) override {
    CONVERT_TRY(check_lease(lease));
    if (heartbeats.empty()) return std::vector<Claim>{};
    return write<std::vector<Claim>>(Flush::not_required,
                                     [&](Connection& connection) -> Result<std::vector<Claim>> {
                                       return renew_leases(connection, heartbeats, lease, time_now());
                                     });
  }

  Result<std::vector<Claim>> lost_claims(std::span<const Claim> claims) override {
    std::vector<Claim> lost;
    CONVERT_TRY(
        read_connections_.run([&](Connection& connection) { lost = find_lost_claims(connection, claims); }));
    return lost;
  }

  Result<Transition> apply(JobId id, const Event& event) override {
    CONVERT_TRY(check_event(event));
    return write<Transition>(Flush::required, [&](Connection& connection) {
      return apply_event(connection, id, event, time_now());
    });
  }

  Result<std::vector<Job>> expire_leases(std::size_t max) override {
    return write<std::vector<Job>>(Flush::not_required, [&](Connection& connection) {
      return job_store::expire_leases(connection, max, time_now());
    });
  }

  Result<Job> remove(JobId id, std::optional<Time> finished_before) override {
    return write<Job>(Flush::required, [&](Connection& connection) {
      return remove_job(connection, id, finished_before, time_now());
    });
  }

  Result<Job> find(JobId id) override {
    std::optional<Record> found;
    CONVERT_TRY(read_connections_.run([&](Connection& connection) { found = find_record(connection, id); }));
    if (!found) return no_such_job(id);
    return std::move(found->job);
  }

  Result<std::vector<Job>> find_many(std::span<const JobId> ids) override {
    std::vector<Job> jobs;
    CONVERT_TRY(read_connections_.run([&](Connection& connection) {
      for (const JobId id : ids) {
        if (auto record = find_record(connection, id)) jobs.push_back(std::move(record->job));
      }
    }));
    return jobs;
  }

  Result<std::vector<Job>> list(const JobFilter& filter) override {
    CONVERT_TRY(check_filter(filter));
    std::vector<Job> jobs;
    CONVERT_TRY(read_connections_.run([&](Connection& connection) { jobs = list_jobs(connection, filter); }));
    return jobs;
  }

  Result<std::vector<Change>> changes(Revision after, std::size_t max) override {
    std::vector<Change> lines;
    CONVERT_TRY(
        read_connections_.run([&](Connection& connection) { lines = list_changes(connection, after, max); }));
    return lines;
  }

  Result<std::vector<Change>> job_changes(JobId id, Revision after, std::size_t max) override {
    std::vector<Change> lines;
    CONVERT_TRY(read_connections_.run(
        [&](Connection& connection) { lines = list_job_changes(connection, id, after, max); }));
    return lines;
  }

  Result<Revision> last_revision() override {
    Revision revision = 0;
    CONVERT_TRY(
        read_connections_.run([&](Connection& connection) { revision = read_last_revision(connection); }));
    return revision;
  }

  Result<void> trim_changes(Time before) override {
    const auto trim_some = [&](Connection& connection) -> Result<std::size_t> {
      return trim_log(connection, before, kTrimBatch);
    };
    for (;;) {
      CONVERT_TRY_ASSIGN(const auto removed, write<std::size_t>(Flush::not_required, trim_some));
      if (removed < kTrimBatch) return {};
    }
  }

  Result<std::vector<Key>> unreferenced(std::span<const Key> keys) override {
    std::vector<Key> unreferenced;
    CONVERT_TRY(read_connections_.run([&](Connection& connection) {
      for (const auto& key : keys) {
        auto rows = connection.query(statements::kFindBlob, key);
        if (!rows.next()) unreferenced.push_back(key);
      }
    }));
    return unreferenced;
  }

  Result<Statistics> statistics() override {
    Statistics statistics;
    CONVERT_TRY(read_connections_.run(
        [&](Connection& connection) { statistics = read_statistics(connection, time_now()); }));
    return statistics;
  }

  Result<Usage> usage(std::string_view owner) override {
    Usage usage;
    CONVERT_TRY(
        read_connections_.run([&](Connection& connection) { usage = read_usage(connection, owner); }));
    return usage;
  }

  Result<Time> now() override { return time_now(); }

  Result<bool> elect(std::string_view role, std::string_view host, milliseconds lease) override {
    return write<bool>(Flush::not_required, [&](Connection& connection) -> Result<bool> {
      return elect_host(connection, role, host, lease, time_now());
    });
  }

 private:
  Time time_now() const {
    return clock_ ? clock_() : std::chrono::floor<milliseconds>(std::chrono::system_clock::now());
  }

  /// Runs an operation through the group commit and returns its result.
  template <class T, class Operation>
  Result<T> write(Flush flush, const Operation& operation) {
    std::optional<T> value;
    CONVERT_TRY(group_commit_.run(flush, [&](Connection& connection) -> Result<void> {
      CONVERT_TRY_ASSIGN(value, Result<T>(operation(connection)));
      return {};
    }));
    return std::move(*value);
  }

  const Clock clock_;
  std::unique_ptr<Connection> writer_;
  GroupCommit group_commit_;
  ReadConnectionPool read_connections_;
};

}  // namespace

Result<std::shared_ptr<JobStore>> sqlite_job_store(const std::filesystem::path& file,
                                                   const SqliteOptions& options) {
  CONVERT_TRY_ASSIGN(auto writer, sqlite::open_database({file, "jobs"}, job_schema(), options.busy_timeout));
  return std::shared_ptr<JobStore>(std::make_shared<SqliteJobStore>(std::move(writer), options));
}

}  // namespace convert
