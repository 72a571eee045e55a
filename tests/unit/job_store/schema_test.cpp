// SPDX-License-Identifier: MIT
#include "job_store/schema.hpp"

#include <gmock/gmock.h>

#include <vector>

#include "conformance/child.hpp"
#include "unit/job_store/fixture.hpp"

namespace convert::job_store {
namespace {

using testing::HasSubstr;

class Schema : public SqliteTest {
 protected:
  std::string version() { return ask("SELECT version FROM schema_version"); }
};

TEST_F(Schema, AFileOfTheFirstSchemaIsBroughtForward) {
  open();
  tamper("DROP INDEX jobs_results; UPDATE schema_version SET version = 1");
  open();
  EXPECT_EQ(ask("SELECT COUNT(*) FROM sqlite_master WHERE name = 'jobs_results'"), "1");
  EXPECT_EQ(version(), "2");
}

TEST_F(Schema, TheStoreRefusesANewerFile) {
  open();
  tamper("UPDATE schema_version SET version = 99, oldest = 98");
  const auto refused = sqlite_job_store(file());
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Errc::unsupported);
  EXPECT_FALSE(refused.error().retryable);
  EXPECT_THAT(refused.error().message, HasSubstr("knows schema 98 or later"));
  tamper("UPDATE schema_version SET version = 99, oldest = 1");
  EXPECT_TRUE(sqlite_job_store(file()));
}

TEST_F(Schema, AnotherProgramsFileIsLeftAlone) {
  tamper("CREATE TABLE letters (text)");
  const auto refused = sqlite_job_store(file());
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Errc::internal);
  EXPECT_THAT(refused.error().message, HasSubstr("another program"));
  EXPECT_EQ(ask("SELECT COUNT(*) FROM sqlite_master"), "1");
}

TEST_F(Schema, ManyMayOpenANewFileAtOnce) {
  std::vector<conformance::Child> children;
  for (int number = 0; number < 6; ++number) {
    children.emplace_back([&, number](const auto&) {
      const auto store = sqlite_job_store(file());
      return store && (*store)->insert(request(number)) ? 0 : 1;
    });
  }
  for (auto& child : children) EXPECT_EQ(child.wait(), 0);
  EXPECT_EQ(open()->statistics()->in(JobState::queued), 6U);
}

}  // namespace
}  // namespace convert::job_store
