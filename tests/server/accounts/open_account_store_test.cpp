// SPDX-License-Identifier: MIT
// Opening account stores by URI, and files that are not account stores.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sqlite3.h>

#include <fstream>
#include <memory>

#include <convert/job_store.hpp>
#include <convert/server/accounts.hpp>

#include "support/test_files.hpp"

namespace convert::server {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

class OpenAccountStoreTest : public testing::Test {
 protected:
  static Error failure(const std::string& uri) {
    const auto opened = open_account_store(uri);
    return opened ? Error{Errc::internal, "It opened."} : opened.error();
  }
  void run(const std::string& sql) {
    sqlite3* handle = nullptr;
    ASSERT_EQ(sqlite3_open(file_.c_str(), &handle), SQLITE_OK);
    EXPECT_EQ(sqlite3_exec(handle, sql.c_str(), nullptr, nullptr, nullptr), SQLITE_OK)
        << sqlite3_errmsg(handle);
    sqlite3_close(handle);
  }

  test::TemporaryFolder folder_;
  const fs::path file_ = folder_ / "accounts.db";
  const std::string uri_ = "sqlite:" + file_.string();
};

TEST_F(OpenAccountStoreTest, OpensByUri) {
  Account account;
  account.name = "ann";
  account.email = "ann@example.org";
  ASSERT_TRUE(open_account_store("memory:").value()->create(account));
  const auto id = open_account_store(uri_).value()->create(account).value().id;
  EXPECT_EQ(open_account_store("sqlite://" + file_.string()).value()->find(id).value().name, "ann");
  EXPECT_EQ(
      open_account_store("SQLite:" + file_.string() + "?durability=process").value()->find(id).value().id,
      id);
}

TEST_F(OpenAccountStoreTest, UnknownSchemeListsTheKnownOnes) {
  const auto unknown = failure("mysql://host/db");
  EXPECT_EQ(unknown.code, Errc::unsupported);
  EXPECT_THAT(unknown.message, HasSubstr("This build has no account store \"mysql:\""));
  EXPECT_THAT(unknown.message, HasSubstr("\"memory:\" and \"sqlite:\""));
  EXPECT_EQ(failure(uri_ + "?timeout=5").code, Errc::unsupported);
  EXPECT_THAT(failure(uri_ + "?timeout=5").message, HasSubstr("durability"));
  EXPECT_EQ(failure(uri_ + "?durability=some").code, Errc::invalid_argument);
  EXPECT_EQ(failure("sqlite:").code, Errc::invalid_argument);
  EXPECT_EQ(failure("memory:here").code, Errc::invalid_argument);
  EXPECT_EQ(failure("accounts.db").code, Errc::invalid_argument);
  EXPECT_EQ(failure("").code, Errc::invalid_argument);
}

TEST_F(OpenAccountStoreTest, RejectsNewerSchemaWithoutChangingIt) {
  ASSERT_TRUE(open_account_store(uri_));
  run("UPDATE schema_version SET version = 9, oldest = 7");
  const auto error = failure(uri_);
  EXPECT_EQ(error.code, Errc::unsupported);
  EXPECT_THAT(error.message, HasSubstr("The database of accounts " + file_.string() + " has schema 9"));
  EXPECT_THAT(error.message, HasSubstr("schema 7 or later"));
  EXPECT_THAT(error.message, HasSubstr("Update"));
  // A newer schema that older builds can use is accepted.
  run("UPDATE schema_version SET oldest = 1");
  EXPECT_TRUE(open_account_store(uri_));
}

TEST_F(OpenAccountStoreTest, RejectsOtherFiles) {
  ASSERT_TRUE(sqlite_job_store(folder_ / "jobs.db"));
  const auto jobs = sqlite_account_store(folder_ / "jobs.db");
  ASSERT_FALSE(jobs);
  EXPECT_EQ(jobs.error().code, Errc::internal);
  EXPECT_THAT(jobs.error().message, HasSubstr("name another file for the accounts"));
  EXPECT_TRUE(sqlite_job_store(folder_ / "jobs.db")) << "nothing was changed in it";

  std::ofstream(folder_ / "text") << std::string(5'000, 'x');
  EXPECT_THAT(sqlite_account_store(folder_ / "text").error().message,
              HasSubstr("is not a database of accounts"));
  EXPECT_EQ(sqlite_account_store(folder_ / "none" / "accounts.db").error().code, Errc::io);
  EXPECT_EQ(sqlite_account_store("").error().code, Errc::invalid_argument);
}

TEST_F(OpenAccountStoreTest, OtherToolsCanReadTheDatabase) {
  Account account;
  account.name = "Ann";
  account.email = "ann@example.org";
  ASSERT_TRUE(open_account_store(uri_).value()->create(account));
  run("CREATE TEMP TABLE seen AS SELECT 1 / COUNT(*) AS one FROM accounts WHERE folded = 'ann'");
}

}  // namespace
}  // namespace convert::server
