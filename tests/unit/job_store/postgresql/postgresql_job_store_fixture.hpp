// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <functional>
#include <future>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include <convert/job_store.hpp>

#include "job_store/postgresql/postgresql_job_statements.hpp"
#include "job_store/postgresql/postgresql_job_store.hpp"
#include "postgresql/connection_options.hpp"
#include "postgresql/postgresql_connection.hpp"
#include "support/postgres_server.hpp"
#include "support/test_helpers.hpp"

/// A fixture for tests with several hosts on one database.
namespace convert::job_store::pg {

/// Runs an action before the first statement that it is armed for.
class StatementHook {
 public:
  using Action = std::function<void()>;

  void before(std::string_view statement, Action action) {
    statement_ = statement;
    action_ = std::move(action);
  }
  void operator()(std::string_view statement) {
    if (!action_ || statement != statement_) return;
    const auto action = std::exchange(action_, {});  // which may make calls itself
    action();
  }
  bool reached() const { return !action_; }

 private:
  std::string_view statement_;
  Action action_;
};

class PostgresqlJobStoreTest : public testing::Test {
 protected:
  static constexpr std::chrono::seconds kPatience{30};

  void SetUp() override {
    SKIP_WITHOUT_POSTGRESQL();
    schema_ = test::PostgresServer::unique_schema();
    store_ = open();
  }

  postgresql::ConnectionOptions options() const {
    return test::must(postgresql::parse_connection_uri(test::PostgresServer::shared().uri(schema_)));
  }
  /// A host. With a hook, each statement of it is a round trip of its own.
  std::shared_ptr<JobStore> open(StatementHook* hook = nullptr) const {
    auto connection = options();
    if (hook) connection.before_statement = [hook](std::string_view statement) { (*hook)(statement); };
    return test::must(open_store(std::move(connection)));
  }
  /// A connection for a transaction that a test holds open.
  std::unique_ptr<postgresql::Connection> connect() const {
    return test::must(postgresql::Connection::open(options()));
  }
  std::string sql(const std::string& statements) const {
    return test::PostgresServer::shared().sql("SET search_path = " + schema_ + "; " + statements);
  }

  static JobRequest request(std::string owner = "ann", std::string fingerprint = {}) {
    static int keys = 0;
    JobRequest made;
    made.owner = std::move(owner);
    made.inputs.push_back({"in.wav", "in/" + std::to_string(++keys), 10, ""});
    made.spec.format = "mp3";
    made.fingerprint = std::move(fingerprint);
    return made;
  }
  JobId insert(const JobRequest& requested = request()) const {
    return test::must(store_->insert(requested)).id;
  }

  static std::vector<Job> claim(JobStore& store, std::size_t max = 1) {
    return test::must(store.claim({"worker", std::chrono::minutes(5), max}));
  }
  static std::vector<JobId> ids(const std::vector<Job>& jobs) {
    std::vector<JobId> found;
    for (const Job& job : jobs) found.push_back(job.id);
    return found;
  }
  static Job complete(JobStore& store, const Job& job) {
    return test::must(store.apply(job.id, event::Completed{job.token, {}, {}})).job;
  }

  /// The claim statement of another host, in the transaction of `connection`.
  static std::vector<JobId> claim_in(postgresql::Connection& connection, std::size_t max = 1) {
    auto rows = connection.query(kClaimJobs, std::optional<Time>(), max, std::int64_t{1} << 31,
                                 std::vector<std::int64_t>{}, "", "other", 60'000, false, max);
    EXPECT_FALSE(connection.failed()) << connection.error()->message;
    std::vector<JobId> claimed;
    while (rows.next()) {
      if (!rows.is_null(8)) claimed.push_back(rows.integer(8));
    }
    return claimed;
  }
  /// The insert statement of another host, in the transaction of `connection`.
  static JobId insert_in(postgresql::Connection& connection, const JobRequest& requested) {
    using Texts = std::vector<std::string>;
    using Numbers = std::vector<std::int64_t>;
    auto rows = connection.query(kInsertJobs, std::optional<Time>(), Texts{requested.owner}, Numbers{0},
                                 Numbers{0}, Numbers{0}, Numbers{5}, Numbers{25}, Texts{requested.unique_key},
                                 Texts{requested.fingerprint}, Texts{""}, Texts{"{\"format\":\"mp3\"}"},
                                 Texts{""}, Numbers{10}, Texts{requested.inputs.front().key}, Numbers{1});
    EXPECT_FALSE(connection.failed()) << connection.error()->message;
    return rows.next() ? rows.integer(1) : 0;
  }

  /// Starts a call that has to wait for a lock, and returns when it waits.
  template <class Call>
  auto start_blocked(Call call) const {
    auto answer = std::async(std::launch::async, std::move(call));
    EXPECT_TRUE(test::eventually(kPatience, [&] {
      return test::PostgresServer::shared().sql(
                 "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'") == "1";
    })) << "the call does not wait for the lock";
    return answer;
  }

  std::string schema_;
  std::shared_ptr<JobStore> store_;
};

}  // namespace convert::job_store::pg
