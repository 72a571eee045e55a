// SPDX-License-Identifier: MIT
#include "job_store/sqlite/job_schema.hpp"

#include <gmock/gmock.h>

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "conformance/support/child_process.hpp"
#include "unit/job_store/sqlite/sqlite_job_store_fixture.hpp"

namespace convert::job_store {
namespace {

using testing::HasSubstr;

class JobSchemaTest : public SqliteJobStoreTest {
 protected:
  std::string version() { return query_text("SELECT version FROM schema_version"); }
};

/// A file of a build that knew only the first steps of the schema, with two jobs, one of them finished.
class OldJobSchemaTest : public JobSchemaTest, public testing::WithParamInterface<std::size_t> {
 protected:
  void SetUp() override {
    const auto& now = job_schema();
    const sqlite::Schema then{now.application_id, now.steps.first(GetParam())};
    ASSERT_TRUE(sqlite::migrate(*connect(), then));
    ASSERT_EQ(version(), std::to_string(GetParam()));
    const std::string inputs = R"([{"name":"a.wav","key":"in/ID-1","size":1000,"sha256":""},)"
                               R"({"name":"b.wav","key":"in/ID-2","size":23,"sha256":""}])";
    const std::string outputs = R"([{"name":"a.mp3","key":"out/ID","size":5000000000,"sha256":"",)"
                                R"("content_type":"audio/mpeg"}])";
    add(1, 1, inputs, "");
    add(2, 3, inputs, outputs);
    if (counts_bytes()) {
      execute_directly("UPDATE jobs SET input_bytes = 1023, output_bytes = 5000000000 * (id = 2)");
    }
  }

  /// Whether the old build stored the sizes of files.
  static bool counts_bytes() { return GetParam() >= 3; }

  void add(int id, int state, std::string inputs, const std::string& outputs) {
    for (auto at = inputs.find("ID"); at != std::string::npos; at = inputs.find("ID")) {
      inputs.replace(at, 2, std::to_string(id));
    }
    const auto connection = connect();
    connection->execute(
        "INSERT INTO jobs (id, state, owner, priority, urgency, request_not_before, max_attempts, "
        "max_interruptions, inputs, spec, labels, outputs, has_outputs, warnings, attempt, interruptions, "
        "token, "
        "worker, progress, revision, created, not_before, finished, inputs_expired, outputs_expired, place, "
        "due) "
        "VALUES ($1, $2, 'ann', 0, 0, 0, 5, 25, $3, '{\"format\":\"mp3\"}', '', $4, $5, '', 0, 0, 0, '', 0, "
        "$1, "
        "1, 1, $6, 0, 0, $7, 1)",
        id, state, inputs, outputs, !outputs.empty(), state == 3 ? std::optional(5) : std::nullopt,
        state == 1 ? 1 : 0);
    connection->execute("INSERT INTO changes VALUES ($1, $1, 'ann', 1, 1, 1)", id);
    const auto failure = connection->take_error();
    ASSERT_FALSE(failure) << failure->message;
  }
};
INSTANTIATE_TEST_SUITE_P(, OldJobSchemaTest, testing::Range(std::size_t{1}, job_schema().steps.size()),
                         testing::PrintToStringParamName());

TEST_P(OldJobSchemaTest, IsMigratedWithItsJobs) {
  const auto store = open();
  EXPECT_EQ(version(), std::to_string(job_schema().steps.size()));
  EXPECT_EQ(query_text("SELECT oldest FROM schema_version"), "1") << "older builds can still use the file";
  EXPECT_EQ(query_text("SELECT COUNT(*) FROM sqlite_master WHERE name = 'jobs_results'"), "1");
  EXPECT_EQ(store->find(2)->outputs.size(), 1U);
  EXPECT_EQ(store->find(1)->request.inputs.size(), 2U);
  EXPECT_EQ(store->usage("ann").value(), (Usage{2, 1, 2046, 5'000'000'000}));
  const auto job = store->insert(request(7));
  ASSERT_TRUE(job) << job.error().message;
  EXPECT_EQ(job->id, 3);
  EXPECT_EQ(store->usage("ann").value(), (Usage{3, 2, 3046, 5'000'000'000}));
}

TEST_P(OldJobSchemaTest, ADamagedRecordDoesNotBlockTheMigration) {
  execute_directly("UPDATE jobs SET inputs = '[{', outputs = 'x' WHERE id = 1");
  const auto store = open();
  ASSERT_TRUE(store);
  EXPECT_EQ(store->find(1).error().code, Errc::internal);
  EXPECT_TRUE(store->find(2));
  EXPECT_EQ(store->usage("ann").value(), (Usage{2, 1, counts_bytes() ? 2046U : 1023U, 5'000'000'000}));
  JobFilter filter;
  filter.owner = "ann";
  filter.file = "a.wav";
  EXPECT_EQ(store->list(filter)->front().id, 2);
}

TEST_P(OldJobSchemaTest, AnOlderBuildCanStillInsertAfterwards) {
  open();
  // As an older build does: it names only the columns that it knows.
  add(3, 1, R"([{"name":"a.wav","key":"in/ID","size":1,"sha256":""}])", "");
  const auto store = open();
  EXPECT_EQ(store->find(3)->request.inputs.size(), 1U);
  EXPECT_EQ(store->usage("ann").value(), (Usage{3, 2, 2046, 5'000'000'000}));
}

TEST_F(JobSchemaTest, RejectsANewerFile) {
  open();
  execute_directly("UPDATE schema_version SET version = 99, oldest = 98");
  const auto refused = sqlite_job_store(file());
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Errc::unsupported);
  EXPECT_FALSE(refused.error().retryable);
  EXPECT_THAT(refused.error().message, HasSubstr("knows schema 98 or later"));
  execute_directly("UPDATE schema_version SET version = 99, oldest = 1");
  EXPECT_TRUE(sqlite_job_store(file()));
}

TEST_F(JobSchemaTest, RejectsTheFileOfAnotherProgram) {
  execute_directly("CREATE TABLE letters (text)");
  const auto refused = sqlite_job_store(file());
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Errc::internal);
  EXPECT_THAT(refused.error().message, HasSubstr("another program"));
  EXPECT_EQ(query_text("SELECT COUNT(*) FROM sqlite_master"), "1");
}

TEST_F(JobSchemaTest, ManyProcessesCanCreateTheFileAtOnce) {
  std::vector<conformance::ChildProcess> children;
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
