// SPDX-License-Identifier: MIT
#include <convert/job_store.hpp>

#include <algorithm>
#include <chrono>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "base/try.hpp"
#include "base/utf8.hpp"
#include "job_store/change_notifier.hpp"
#include "job_store/job_store_rules.hpp"
#include "job_store/postgresql/change_log.hpp"
#include "job_store/postgresql/claimed_jobs.hpp"
#include "job_store/postgresql/database_clock.hpp"
#include "job_store/postgresql/insert_jobs.hpp"
#include "job_store/postgresql/job_claimer.hpp"
#include "job_store/postgresql/job_lookup.hpp"
#include "job_store/postgresql/move_jobs.hpp"
#include "job_store/postgresql/postgresql_job_schema.hpp"
#include "job_store/postgresql/postgresql_job_statements.hpp"
#include "job_store/postgresql/postgresql_job_store.hpp"
#include "postgresql/connection_options.hpp"
#include "postgresql/connection_pool.hpp"
#include "postgresql/notifications.hpp"
#include "sql/call_batcher.hpp"

namespace convert::job_store::pg {
namespace {

using postgresql::Connection;
using postgresql::ConnectionOptions;
using postgresql::ConnectionPool;
using postgresql::Notifications;
using std::chrono::milliseconds;

/// The jobs of one statement; those that arrive while two run make the next one.
constexpr std::size_t kMaxBatch = 100;
constexpr std::size_t kMaxBatches = 2;
/// How often an event is applied anew because the job has changed meanwhile.
constexpr int kMaxConflicts = 20;
constexpr std::size_t kMaxExpired = 1'000;  // fewer than the revisions of a transaction

/// NOTIFY makes the commits of the whole server wait for each other: one for the changes of this time.
constexpr milliseconds kNotifyInterval(20);
constexpr milliseconds kMaxWaitForListen(2'000);

/// The outcome of storing a Move.
using Stored = Result<void>;

class PostgresqlJobStore final : public JobStore {
 public:
  PostgresqlJobStore(ConnectionOptions options, Clock clock)
      : pool_(std::move(options)),
        clock_(std::move(clock)),
        channel_(fmt::format("{}_changes", pool_.options().schema)),
        claimer_(pool_),
        insert_batcher_(kMaxBatch, kMaxBatches,
                        [this](std::span<const JobRequest* const> requests) {
                          return insert_jobs(pool_, requests, clock_time());
                        }),
        end_batcher_(kMaxBatch, kMaxBatches,
                     [this](std::span<Move* const* const> moves) { return store_ends(moves); }) {}

  Result<void> prepare() {
    CONVERT_TRY(postgresql::require_schema(pool_, job_tables()));
    return pool_.read([](Connection& connection) -> Result<void> {
      connection.post(kRaiseLogBase);
      return {};
    });
  }

  Result<Job> insert(const JobRequest& request) override {
    auto job = insert_batcher_(request);
    if (job) announce();
    return job;
  }

  Result<std::vector<Job>> claim(const ClaimRequest& request) override {
    CONVERT_TRY(check_lease(request.lease));
    if (request.max == 0) return std::vector<Job>{};
    auto jobs = claimer_.claim(with_storable_worker(request), clock_time());
    if (!jobs || jobs->empty()) return jobs;
    for (const Job& job : *jobs) claimed_.add(job);
    announce();
    return jobs;
  }

  Result<std::vector<Claim>> heartbeat(std::span<const ClaimHeartbeat> heartbeats,
                                       milliseconds lease) override;

  Result<std::vector<Claim>> lost_claims(std::span<const Claim> claims) override {
    auto lost = find_lost(pool_, claims);
    if (lost) claimed_.remove(*lost);
    return lost;
  }

  Result<Transition> apply(JobId id, const Event& event) override;
  Result<std::vector<Job>> expire_leases(std::size_t max) override;
  Result<Job> remove(JobId id, std::optional<Time> finished_before) override;

  Result<Job> find(JobId id) override {
    CONVERT_TRY_ASSIGN(auto found, find_job(pool_, id, clock_time()));
    return std::move(found.job);
  }

  Result<std::vector<Job>> find_many(std::span<const JobId> ids) override { return find_jobs(pool_, ids); }

  Result<std::vector<Job>> list(const JobFilter& filter) override {
    CONVERT_TRY(check_filter(filter));
    return list_stored_jobs(pool_, filter);
  }

  Result<std::vector<Change>> changes(Revision after, std::size_t max) override {
    return read_changes(pool_, after, max);
  }

  Result<std::vector<Change>> job_changes(JobId id, Revision after, std::size_t max) override {
    return read_job_changes(pool_, id, after, max);
  }

  Result<Revision> last_revision() override { return read_last_revision(pool_); }

  std::shared_ptr<void> notify_changes(std::function<void()> callback) override {
    auto& channel = notifications();
    // Behind a pooler there are no notifications, also later.
    if (!channel.wait_until_known(kMaxWaitForListen) && channel.connected()) return {};
    return notifier_.add(std::move(callback));
  }

  Result<void> trim_changes(Time before) override { return pg::trim_changes(pool_, before); }

  Result<std::vector<Key>> unreferenced(std::span<const Key> keys) override {
    return find_unreferenced(pool_, keys);
  }

  Result<Statistics> statistics() override {
    CONVERT_TRY_ASSIGN(auto statistics, count_jobs(pool_, clock_time()));
    CONVERT_TRY_ASSIGN(statistics.revision, read_last_revision(pool_));
    return statistics;
  }

  Result<Usage> usage(std::string_view owner) override { return sum_usage(pool_, owner); }

  Result<Time> now() override;
  Result<bool> elect(std::string_view role, std::string_view host, milliseconds lease) override;
  Result<void> ready() override;

 private:
  /// The time of a clock other than the server's.
  std::optional<Time> clock_time() const { return clock_ ? std::optional(clock_()) : std::nullopt; }

  static ClaimRequest with_storable_worker(ClaimRequest request) {
    request.worker = base::make_storable(std::move(request.worker));
    return request;
  }

  /// Other processes, and this one, shall read the log.
  void announce() { notifications().notify(channel_); }

  Notifications& notifications() {
    std::call_once(notifications_started_, [this]() {
      ConnectionOptions options = pool_.options();
      options.before_statement = nullptr;  // that is for the statements of the store
      notifications_ = std::make_unique<Notifications>(
          std::move(options), std::vector{channel_},
          [this](std::string_view /*channel*/, std::string_view /*payload*/) { notifier_.notify(); },
          kNotifyInterval);
    });
    return *notifications_;
  }

  std::vector<Stored> store_ends(std::span<Move* const* const> moves);
  std::optional<Result<Transition>> complete_claimed(JobId id, const event::Completed& event);
  Result<void> read_clock();

  ConnectionPool pool_;
  const Clock clock_;
  const std::string channel_;
  DatabaseClock server_clock_;
  JobClaimer claimer_;
  ClaimedJobs claimed_;
  ChangeNotifier notifier_;
  sql::CallBatcher<JobRequest, Result<Job>> insert_batcher_;
  sql::CallBatcher<Move*, Stored> end_batcher_;
  std::once_flag notifications_started_;
  std::unique_ptr<Notifications> notifications_;  // last: its thread uses the others
};

Result<std::vector<Claim>> PostgresqlJobStore::heartbeat(std::span<const ClaimHeartbeat> heartbeats,
                                                         milliseconds lease) {
  CONVERT_TRY(check_lease(lease));
  std::vector<Claim> lost;
  if (heartbeats.empty()) return lost;
  std::vector<std::int64_t> ids;
  std::vector<std::int64_t> tokens;
  std::vector<double> progress;
  for (const auto& beat : heartbeats) {
    ids.push_back(beat.claim.id);
    tokens.push_back(beat.claim.token);
    progress.push_back(clamped_progress(beat));
  }
  std::set<std::pair<JobId, std::int64_t>> renewed;
  const auto end = pool_.run({true, false}, [&](Connection& connection) -> Result<void> {
    renewed.clear();
    const auto sent = DatabaseClock::Steady::now();
    auto rows = connection.query(kRenewLeases, clock_time(), lease.count(), ids, tokens, progress);
    while (rows.next()) {
      renewed.emplace(rows.integer(0), rows.integer(1));
      if (!clock_) server_clock_.measure(rows.time(2), sent);
    }
    return {};
  });
  CONVERT_TRY(end.result());
  for (const auto& beat : heartbeats) {
    if (!renewed.contains({beat.claim.id, beat.claim.token})) lost.push_back(beat.claim);
  }
  claimed_.remove(lost);
  return lost;
}

/// Stores the ends of jobs in one statement; if that fails, each in its own.
std::vector<Stored> PostgresqlJobStore::store_ends(std::span<Move* const* const> moves) {
  std::vector<Move*> batch;
  for (Move* const* move : moves) batch.push_back(*move);
  const auto end = store_moves(pool_, batch, clock_time());
  std::vector<Stored> answers(batch.size());
  if (end) return answers;
  for (std::size_t i = 0; i < batch.size(); ++i) {
    if (batch.size() == 1 || end.outcome == postgresql::Outcome::unknown) {
      answers[i] = *end.error;
    } else {
      Move* const alone[] = {batch[i]};
      answers[i] = store_moves(pool_, alone, clock_time()).result();
    }
  }
  return answers;
}

/// Completes a job as it was when this process claimed it: one round trip. Nothing if the job is not known,
/// or is not in that state any more.
std::optional<Result<Transition>> PostgresqlJobStore::complete_claimed(JobId id,
                                                                       const event::Completed& event) {
  auto job = claimed_.take({id, event.token});
  if (!job) return std::nullopt;
  Move move{std::move(*job)};
  move.now = *move.before.started;  // only `finished` depends on it
  auto transition = apply_event(move.before, event, move.now);
  if (!transition) return transition.error();
  move.after = std::move(*transition);
  move.finished_at_commit = true;
  if (const auto stored = end_batcher_(&move); !stored) {
    claimed_.add(move.before);  // it may be tried again
    return stored.error();
  }
  if (!move.stored) return std::nullopt;
  announce();
  return std::move(move.after);
}

Result<Transition> PostgresqlJobStore::apply(JobId id, const Event& event) {
  CONVERT_TRY(check_event(event));
  if (const auto* completed = std::get_if<event::Completed>(&event)) {
    if (auto done = complete_claimed(id, *completed)) return std::move(*done);
  }
  for (int conflicts = 0; conflicts < kMaxConflicts; ++conflicts) {
    CONVERT_TRY_ASSIGN(auto found, find_job(pool_, id, clock_time()));
    auto transition = apply_event(found.job, event, found.now);
    if (!transition || !transition->changed) return transition;
    Move move{std::move(found.job), found.now, std::move(*transition)};
    Move* const moves[] = {&move};
    CONVERT_TRY(store_moves(pool_, moves, clock_time()).result());
    if (!move.stored) continue;
    claimed_.remove(id);
    announce();
    return std::move(move.after);
  }
  return Error{Errc::unavailable, fmt::format("Job {} changes all the time: try again.", id), true};
}

Result<std::vector<Job>> PostgresqlJobStore::expire_leases(std::size_t max) {
  std::vector<Job> interrupted;
  if (max == 0) return interrupted;
  CONVERT_TRY_ASSIGN(auto expired, list_expired_jobs(pool_, std::min(max, kMaxExpired), clock_time()));
  std::vector<Move> moves;
  std::vector<Move*> batch;
  moves.reserve(expired.size());
  for (auto& [job, now] : expired) {
    auto transition = apply_event(job, event::Interrupted{job.token}, now);
    if (!transition) continue;  // it does not run any more
    moves.push_back({std::move(job), now, std::move(*transition)});
    batch.push_back(&moves.back());
  }
  if (!batch.empty()) CONVERT_TRY(store_moves(pool_, batch, clock_time(), true).result());
  for (Move& move : moves) {
    if (move.stored) interrupted.push_back(std::move(move.after.job));
  }
  if (!interrupted.empty()) announce();
  // Waiting jobs whose duplicate ended when its process, or the connection, was lost in between.
  const auto end = pool_.run({true, true}, [](Connection& connection) -> Result<void> {
    auto rows = connection.query(kForgottenDuplicates);
    std::vector<std::string> fingerprints;
    while (rows.next()) fingerprints.push_back(rows.text(0));
    if (!fingerprints.empty()) connection.post(kReleaseDuplicates, fingerprints);
    return {};
  });
  if (!end && interrupted.empty()) return *end.error;
  return interrupted;
}

Result<Job> PostgresqlJobStore::remove(JobId id, std::optional<Time> finished_before) {
  for (int conflicts = 0; conflicts < kMaxConflicts; ++conflicts) {
    CONVERT_TRY_ASSIGN(auto found, find_job(pool_, id, clock_time()));
    CONVERT_TRY(check_ended_before(found.job, finished_before));
    Move move{std::move(found.job), found.now};
    move.after.kind = ChangeKind::removed;
    move.removed = true;
    Move* const moves[] = {&move};
    CONVERT_TRY(store_moves(pool_, moves, clock_time()).result());
    if (!move.stored) continue;
    claimed_.remove(id);
    announce();
    return std::move(move.before);
  }
  return Error{Errc::unavailable, fmt::format("Job {} changes all the time: try again.", id), true};
}

Result<void> PostgresqlJobStore::read_clock() {
  return pool_.read([&](Connection& connection) -> Result<void> {
    const auto sent = DatabaseClock::Steady::now();
    auto rows = connection.query(kReadClock);
    if (!rows.next()) return {};
    server_clock_.measure(rows.time(0), sent);
    if (!rows.boolean(1)) return {};
    return Error{Errc::unavailable,
                 fmt::format("The {} is read-only: it is a standby server, or default_transaction_read_only "
                             "is on. Jobs cannot be recorded.",
                             pool_.options().target),
                 true};
  });
}

Result<Time> PostgresqlJobStore::now() {
  if (clock_) return clock_();
  if (const auto time = server_clock_.now()) return *time;
  const auto read = read_clock();
  if (const auto time = server_clock_.now()) return *time;
  if (!read) return read.error();
  return Error{Errc::unavailable, "The database did not tell its time.", true};
}

Result<bool> PostgresqlJobStore::elect(std::string_view role, std::string_view host, milliseconds lease) {
  bool elected = false;
  const std::string name = base::make_storable(std::string(host));
  const auto end = pool_.run({true, false}, [&](Connection& connection) -> Result<void> {
    if (lease <= milliseconds(0)) {
      connection.post(kResignHost, role, name);
      return {};
    }
    elected = connection.query(kElectHost, clock_time(), role, name, lease.count()).size() > 0;
    return {};
  });
  CONVERT_TRY(end.result());
  return elected;
}

Result<void> PostgresqlJobStore::ready() { return read_clock(); }

}  // namespace

Result<std::shared_ptr<JobStore>> open_store(ConnectionOptions options, Clock clock) {
  // A plan that was made while the queue was empty must not scan a million jobs later: only indexes.
  for (const auto* plan : {"enable_seqscan", "enable_hashjoin", "enable_mergejoin"}) {
    options.settings.emplace_back(plan, "off");
  }
  options.settings.emplace_back("default_transaction_isolation", "read committed");
  auto store = std::make_shared<PostgresqlJobStore>(std::move(options), std::move(clock));
  CONVERT_TRY(store->prepare());
  return std::shared_ptr<JobStore>(std::move(store));
}

}  // namespace convert::job_store::pg

namespace convert {

Result<std::shared_ptr<JobStore>> postgresql_job_store(std::string_view uri,
                                                       const PostgresqlOptions& options) {
  CONVERT_TRY_ASSIGN(auto connection, postgresql::parse_connection_uri(uri));
  return job_store::pg::open_store(std::move(connection), options.clock);
}

Result<int> migrate_postgresql_job_store(std::string_view uri) {
  CONVERT_TRY_ASSIGN(auto connection, postgresql::parse_connection_uri(uri));
  postgresql::ConnectionPool pool(std::move(connection));
  return postgresql::migrate(pool, job_store::pg::job_tables());
}

}  // namespace convert
