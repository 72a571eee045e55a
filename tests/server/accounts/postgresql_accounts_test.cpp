// SPDX-License-Identifier: MIT
// Account stores in PostgreSQL: schema, rights, and what conformance does not cover.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <csignal>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include <convert/job_store.hpp>
#include <convert/queue.hpp>
#include <convert/server/accounts.hpp>

#include "support/postgres_server.hpp"
#include "support/shell_command.hpp"
#include "support/test_helpers.hpp"

namespace convert::server {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using test::PostgresServer;
using testing::AllOf;
using testing::HasSubstr;

constexpr Time kMorning{std::chrono::seconds(1'800'000'000)};

class PostgresqlAccountsTest : public testing::Test {
 protected:
  void SetUp() override {
    SKIP_WITHOUT_POSTGRESQL();
    const auto built = open_account_store("postgresql:?");
    if (!built && built.error().message.starts_with("This build has no"))
      GTEST_SKIP() << "this build has no PostgreSQL";
    server_ = &PostgresServer::shared();
    schema_ = PostgresServer::unique_schema();
  }

  std::string uri() const { return server_->uri(schema_); }
  std::string sql(const std::string& statements) const { return server_->sql(statements); }
  std::string in_schema(const std::string& statements) const {
    return sql("SET search_path = " + schema_ + ";" + statements);
  }
  static Account person(const std::string& name) {
    Account account;
    account.name = name;
    account.email = name + "@example.org";
    return account;
  }
  static Error failure(const std::string& uri) {
    const auto opened = open_account_store(uri);
    return opened ? Error{Errc::internal, "It opened."} : opened.error();
  }
  /// A URI for a role of this test, with a password, by TCP on this machine.
  std::string role_uri(const std::string& role) const {
    return server_->tcp_uri(role, "pw") + "?sslmode=disable&schema=" + schema_;
  }
  std::string create_role(const std::string& suffix) const {
    const auto role = schema_ + "_" + suffix;
    sql("CREATE ROLE " + role + " LOGIN PASSWORD 'pw'");
    return role;
  }

  /// Runs the script of the least rights.
  void grant(const std::string& owner, const std::string& role) const {
    const auto done = test::run("psql -X -q -v ON_ERROR_STOP=1 -v owner=" + owner + " -v role=" + role +
                                " -v schema=" + schema_ + " -h " + test::quoted(server_->socket_folder()) +
                                " -p " + std::to_string(server_->port()) + " -U postgres -f " +
                                test::quoted(PRIVILEGES_SCRIPT) + " postgres");
    ASSERT_EQ(done.status, 0) << done.output;
  }

  PostgresServer* server_ = nullptr;
  std::string schema_;
};

TEST_F(PostgresqlAccountsTest, TheFirstOneCreatesTheTables) {
  const auto id = open_account_store(uri()).value()->create(person("ann")).value().id;
  EXPECT_EQ(open_account_store(uri()).value()->find(id).value().name, "ann");
  EXPECT_THAT(in_schema("SELECT component, version, oldest FROM schema_versions"), HasSubstr("accounts|1|1"));
  EXPECT_EQ(migrate_account_store(uri()).value(), 0);
}

TEST_F(PostgresqlAccountsTest, ManyAtOnceMigrateOnce) {
  std::vector<std::thread> threads;
  std::atomic<int> steps = 0;
  for (int n = 0; n < 6; ++n) {
    threads.emplace_back([&] {
      const auto applied = migrate_account_store(uri());
      ASSERT_TRUE(applied) << applied.error().message;
      steps += *applied;
    });
  }
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(steps, 1);
}

TEST_F(PostgresqlAccountsTest, ANewerSchemaIsUsedIfItPermitsThisBuild) {
  ASSERT_TRUE(open_account_store(uri()));
  in_schema(
      "UPDATE schema_versions SET version = 9, oldest = 1; ALTER TABLE accounts ADD COLUMN more bigint");
  const auto store = open_account_store(uri());
  ASSERT_TRUE(store) << store.error().message;
  EXPECT_TRUE((*store)->create(person("ann")));
  in_schema("UPDATE schema_versions SET oldest = 7");
  const auto refused = failure(uri());
  EXPECT_EQ(refused.code, Errc::unsupported);
  EXPECT_THAT(refused.message, AllOf(HasSubstr("version 9"), HasSubstr("version 7 or later")));
}

TEST_F(PostgresqlAccountsTest, AnInterruptedStepLeavesNothing) {
  sql("CREATE SCHEMA " + schema_ + "; CREATE TABLE " + schema_ + ".api_keys (foreign_table bigint)");
  EXPECT_NE(failure(uri()).message, "It opened.");
  EXPECT_THAT(in_schema("SELECT to_regclass('accounts') IS NULL, to_regclass('schema_versions') IS NULL"),
              HasSubstr("t|t"));
  sql("DROP TABLE " + schema_ + ".api_keys");
  EXPECT_TRUE(open_account_store(uri()));
}

/// The documented rights are sufficient, and a role without the right to change tables is told what to do.
TEST_F(PostgresqlAccountsTest, TheGrantedRightsSuffice) {
  const auto owner = create_role("owner");
  const auto role = create_role("role");
  SKIP_WITHOUT_PROGRAMS("psql");
  grant(owner, role);
  const auto refused = failure(role_uri(role));
  EXPECT_EQ(refused.code, Errc::invalid_argument) << refused.message;
  EXPECT_THAT(refused.message, AllOf(HasSubstr("convertd migrate"), HasSubstr(role)));
  EXPECT_EQ(migrate_account_store(role_uri(role)).error().code, Errc::invalid_argument);

  EXPECT_EQ(migrate_account_store(role_uri(owner)).value(), 1);
  grant(owner, role);  // again, with tables
  const auto opened = open_account_store(role_uri(role));
  ASSERT_TRUE(opened) << opened.error().message;
  AccountStore& store = **opened;
  const auto ann = store.create(person("ann")).value();
  AccountChange change;
  change.revoke_tokens = true;
  EXPECT_TRUE(store.change(ann.id, change));
  EXPECT_TRUE(store.add_key({"k", ann.id, "key", "hash", kMorning, {}}));
  EXPECT_TRUE(store.touch_key("k", kMorning));
  const auto reserved = store.reserve({ann.id, 1, 1, {}}, kMorning, hours(1)).value();
  EXPECT_TRUE(store.grow(reserved.id, 1, kMorning));
  EXPECT_TRUE(store.release(reserved.id));
  EXPECT_TRUE(store.begin_request(ann.id, "r", kMorning, hours(1), hours(1)));
  EXPECT_TRUE(store.complete_request(ann.id, "r", 200, "{}"));
  EXPECT_TRUE(store.count_event("e", {1, hours(1), 1}, kMorning).value() == std::nullopt);
  EXPECT_TRUE(store.sweep(kMorning + hours(24), hours(1)));
  EXPECT_TRUE(store.remove_key(ann.id, "k"));
  EXPECT_TRUE(store.remove(ann.id));
  for (const auto* statement :
       {"CREATE TABLE t (a int)", "UPDATE schema_versions SET version = 1", "DROP TABLE accounts"}) {
    EXPECT_ANY_THROW(in_schema("SET ROLE " + role + "; " + statement)) << statement;
  }
}

/// The same rights suffice for the jobs and announcements of the same hosts.
TEST_F(PostgresqlAccountsTest, TheGrantedRightsSufficeForJobs) {
  SKIP_WITHOUT_PROGRAMS("psql");
  const auto owner = create_role("owner");
  const auto role = create_role("role");
  grant(owner, role);
  EXPECT_EQ(open_job_store(role_uri(role)).error().code, Errc::invalid_argument);
  EXPECT_TRUE(migrate_job_store(role_uri(owner)));
  grant(owner, role);
  const auto opened = open_job_store(role_uri(role));
  ASSERT_TRUE(opened) << opened.error().message;
  JobStore& store = **opened;
  const auto queue = open_queue(role_uri(role)).value();
  JobRequest request;
  request.owner = "ann";
  request.unique_key = "u";
  request.fingerprint = "f";
  request.inputs.push_back({"song.wav", "input/1", 5});
  request.spec.format = "mp3";
  const auto id = store.insert(request).value().id;
  EXPECT_TRUE(queue->announce(id, milliseconds(0)));
  EXPECT_TRUE(queue->next(std::chrono::seconds(30)).value());
  const auto claimed = store.claim({"w", std::chrono::seconds(30), 10}).value();
  ASSERT_EQ(claimed.size(), 1U);
  const std::vector<ClaimHeartbeat> beats{{claimed[0].claim(), 0.5}};
  EXPECT_TRUE(store.heartbeat(beats, std::chrono::seconds(30)).value().empty());
  EXPECT_TRUE(store.apply(id, event::Completed{claimed[0].token, {}, {}}));
  EXPECT_TRUE(store.expire_leases(10));
  EXPECT_TRUE(store.elect("sweep", "w", std::chrono::seconds(30)).value());
  EXPECT_TRUE(
      test::eventually(std::chrono::seconds(30), [&] { return store.changes(0, 10).value().size() == 3; }));
  EXPECT_TRUE(store.trim_changes(store.now().value() + hours(1)));
  EXPECT_TRUE(store.statistics());
  EXPECT_EQ(store.usage("ann").value().jobs, 1U);
  const std::vector<Key> keys{"input/1", "input/2"};
  EXPECT_EQ(store.unreferenced(keys).value(), std::vector<Key>{"input/2"});
  EXPECT_TRUE(store.remove(id));
}

TEST_F(PostgresqlAccountsTest, ReportsMissingRights) {
  ASSERT_TRUE(open_account_store(uri()));
  const auto stranger = create_role("stranger");
  const auto refused = failure(role_uri(stranger));
  EXPECT_EQ(refused.code, Errc::invalid_argument) << refused.message;
  EXPECT_THAT(refused.message, AllOf(HasSubstr(stranger), HasSubstr("least-privileges.sql")));
}

TEST_F(PostgresqlAccountsTest, IdsAreOrderedByBytes) {
  const auto store = open_account_store(uri()).value();
  for (const auto* name : {"ann", "bob", "eve", "ida"}) ASSERT_TRUE(store->create(person(name)));
  const auto all = store->list("", 10).value();
  ASSERT_EQ(all.size(), 4U);
  for (std::size_t n = 1; n < all.size(); ++n) EXPECT_LT(all[n - 1].id, all[n].id);
}

TEST_F(PostgresqlAccountsTest, ItsClockIsThatOfTheServerUnlessATestSetsIt) {
  const auto store = open_account_store(uri()).value();
  const auto difference = store->now().value() - std::chrono::system_clock::now();
  EXPECT_LT(std::chrono::abs(difference), std::chrono::seconds(30)) << "the server runs on this machine";
  const auto set = postgresql_account_store(uri(), {[] { return kMorning; }}).value();
  EXPECT_EQ(set->now().value(), kMorning);
  EXPECT_EQ(set->create(person("ann")).value().created, kMorning);
}

/// Locks that a removal and a release take in the other order.
TEST_F(PostgresqlAccountsTest, RemovalsReleasesAndSweepsDoNotLockEachOtherOut) {
  const auto store = open_account_store(uri()).value();
  std::atomic<bool> failed = false;
  const auto expect = [&](const auto& result) {
    if (result || result.error().code == Errc::not_found) return;
    ADD_FAILURE() << result.error().message;
    failed = true;
  };
  std::vector<std::thread> threads;
  for (int thread = 0; thread < 6; ++thread) {
    threads.emplace_back([&, thread] {
      for (int n = 0; n < 40 && !failed; ++n) {
        const auto account = "a" + std::to_string(n % 3);
        const auto reserved = store->reserve({account, 1, 1, {}}, kMorning, hours(1));
        expect(reserved);
        if (!reserved) return;
        if (thread % 3 == 0) expect(store->remove(account));
        if (thread % 3 == 1) expect(store->sweep(kMorning + hours(2), hours(1)));
        expect(store->release(reserved->id));
      }
    });
  }
  for (auto& thread : threads) thread.join();
}

/// After a long time without a host there is more to remove than one statement may.
TEST_F(PostgresqlAccountsTest, ASweepRemovesAnyNumberOfRows) {
  const auto store = open_account_store(uri()).value();
  const auto now = std::to_string(kMorning.time_since_epoch().count());
  const std::string numbers = " FROM generate_series(1, 12000) AS n;";
  in_schema("INSERT INTO idempotent_requests SELECT 'ann', n::text, 'u', true, 0, 0, 200, 'a'" + numbers +
            "INSERT INTO counted_events SELECT n::text, 1" + numbers +
            "INSERT INTO task_days SELECT n::text, 1, 1" + numbers +
            "INSERT INTO quota_reservations SELECT n::text, 'ann', 1, 1, " + now + " / 86400000, 1" +
            numbers + "INSERT INTO task_days VALUES ('ann', " + now + " / 86400000, 12005)");
  ASSERT_TRUE(store->sweep(kMorning, hours(1)));
  EXPECT_THAT(in_schema("SELECT (SELECT count(*) FROM idempotent_requests), (SELECT count(*) FROM "
                        "counted_events), (SELECT count(*) FROM quota_reservations), (SELECT "
                        "string_agg(account || '=' || tasks, ',') FROM task_days)"),
              HasSubstr("0|0|0|ann=5"));
}

/// A call during a restart of the server waits for it, or fails with a retryable error; later ones work.
TEST_F(PostgresqlAccountsTest, ReconnectsAfterARestart) {
  PostgresServer own;
  const auto store = open_account_store(own.uri()).value();
  const auto ann = store->create(person("ann")).value();
  own.restart();
  const auto found = store->find(ann.id);
  ASSERT_TRUE(found) << found.error().message;
  EXPECT_EQ(found->name, "ann");
  own.stop(SIGQUIT);
  const auto refused = store->find(ann.id);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Errc::unavailable) << refused.error().message;
  EXPECT_TRUE(refused.error().retryable);
  own.start();
  const auto again = store->create(person("bob"));
  EXPECT_TRUE(again) << again.error().message;
}

}  // namespace
}  // namespace convert::server
