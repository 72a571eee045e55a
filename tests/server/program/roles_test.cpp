// SPDX-License-Identifier: MIT
#include "options/roles.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace convertd {
namespace {

using testing::HasSubstr;

constexpr auto kDatabase = "postgresql://db.example/convert";

/// A host of a cluster, with everything that it needs.
Settings host(Role role) {
  Settings settings;
  settings.data = "/scratch";
  settings.role = role;
  settings.database = kDatabase;
  settings.storage = "s3://bucket/prefix";
  settings.secret_file = "/run/secrets/convertd";
  return settings;
}

std::string refused(const Settings& settings) {
  const auto good = check_roles(settings, true);
  return good ? std::string("accepted") : good.error().message;
}

TEST(RolesTest, TheDatabaseIsTheDefaultOfItsStores) {
  auto settings = host(Role::all);
  EXPECT_EQ(job_store_uri(settings), kDatabase);
  EXPECT_EQ(account_store_uri(settings), kDatabase);
  EXPECT_EQ(queue_uri(settings), kDatabase);
  settings.account_store = "sqlite:accounts.db";
  settings.queue = "memory:";
  EXPECT_EQ(account_store_uri(settings), "sqlite:accounts.db");
  EXPECT_EQ(queue_uri(settings), "memory:");
}

TEST(RolesTest, WithoutADatabaseTheQueueIsThatOfTheJobStore) {
  Settings settings;
  EXPECT_EQ(queue_uri(settings), "");
  settings.job_store = "sqlite:jobs.db";
  EXPECT_EQ(queue_uri(settings), "") << "in memory";
  settings.job_store = "postgres://h/d";
  EXPECT_EQ(job_store_uri(settings), "postgresql://h/d");
  EXPECT_EQ(queue_uri(settings), "postgresql://h/d");
  EXPECT_EQ(account_store_uri(settings), "");
}

TEST(RolesTest, KnowsServers) {
  for (const auto* uri : {"postgresql://h/d", "s3://bucket"}) EXPECT_TRUE(is_remote(uri)) << uri;
  for (const auto* uri : {"", "memory:", "file:///srv", "sqlite:jobs.db"})
    EXPECT_FALSE(is_remote(uri)) << uri;
}

TEST(RolesTest, OnlySomeHostsNeedWorkers) {
  EXPECT_TRUE(needs_workers(host(Role::all)));
  EXPECT_TRUE(needs_workers(host(Role::worker)));
  auto api = host(Role::api);
  EXPECT_FALSE(needs_workers(api));
  api.workers_ready = 1;
  EXPECT_TRUE(needs_workers(api));
  EXPECT_FALSE(runs_tasks(api));
  EXPECT_FALSE(serves_api(host(Role::worker)));
}

TEST(RolesTest, AcceptsHostsThatHaveAllTheyNeed) {
  for (const auto role : {Role::all, Role::api, Role::worker}) EXPECT_EQ(refused(host(role)), "accepted");
  EXPECT_EQ(refused(Settings{}), "accepted") << "one machine";
  auto api = host(Role::api);
  api.workers_ready = 2;
  EXPECT_EQ(refused(api), "accepted");
  auto worker = host(Role::worker);
  worker.secret_file.clear();
  EXPECT_EQ(refused(worker), "accepted") << "a worker signs nothing";
  Settings one_machine;
  one_machine.role = Role::api;
  EXPECT_EQ(refused(one_machine), "accepted") << "the processes share the data folder";
}

TEST(RolesTest, RefusesWhatOtherHostsWouldNotSee) {
  for (const auto role : {Role::api, Role::worker}) {
    auto settings = host(role);
    settings.storage.clear();
    EXPECT_THAT(refused(settings), HasSubstr("needs --storage"));
    settings.storage = "memory:";
    EXPECT_THAT(refused(settings), HasSubstr("--storage memory: is visible to one process only"));
    settings = host(role);
    settings.job_store = "memory:";
    EXPECT_THAT(refused(settings), HasSubstr("--job-store memory: is visible to one process only"));
  }
  auto all = host(Role::all);
  all.storage.clear();
  EXPECT_EQ(refused(all), "accepted") << "one host with a database on a server";
}

TEST(RolesTest, HostsNeedACommonSecret) {
  auto settings = host(Role::api);
  settings.secret_file.clear();
  EXPECT_THAT(refused(settings), HasSubstr("--secret-file, or set CONVERTD_SECRETS"));
  EXPECT_TRUE(check_roles(settings, false)) << "commands sign nothing";
  settings.secrets = "0123456789abcdef0123456789abcdef";
  EXPECT_EQ(refused(settings), "accepted");
  settings.secret_file = "/run/secrets/convertd";
  EXPECT_THAT(refused(settings), HasSubstr("are both set"));
}

TEST(RolesTest, WorkersReadyIsForApiHosts) {
  auto settings = host(Role::worker);
  settings.workers_ready = 2;
  EXPECT_THAT(refused(settings), HasSubstr("Use --min-idle-workers"));
}

}  // namespace
}  // namespace convertd
