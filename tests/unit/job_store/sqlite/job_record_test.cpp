// SPDX-License-Identifier: MIT
#include <gmock/gmock.h>

#include "job_store/stored_json.hpp"
#include "unit/job_store/sqlite/sqlite_job_store_fixture.hpp"

namespace convert::job_store {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;

class JobRecordTest : public SqliteJobStoreTest {
 protected:
  void overwrite_spec(JobId id, const std::string& json) {
    execute_directly("UPDATE jobs SET spec = '" + json + "' WHERE id = " + std::to_string(id));
  }
};

constexpr const char* kSpecOfNewerBuild =
    R"({"format":"mp3","bitrate":192000,"sparkle":{"depth":3},"tags":{"title":"Song"}})";

TEST_F(JobRecordTest, FindsJobsWithASpecOfANewerBuild) {
  const auto store = open();
  const auto id = store->insert(request(1))->id;
  overwrite_spec(id, kSpecOfNewerBuild);
  const auto found = store->find(id);
  ASSERT_TRUE(found) << found.error().message;
  EXPECT_EQ(found->request.spec.format, "mp3");
  EXPECT_EQ(found->request.spec.audio_bitrate, 192000);
  EXPECT_EQ(found->request.spec.tags.at("title"), "Song");
  EXPECT_EQ(store->list({})->size(), 1U);
}

TEST_F(JobRecordTest, DoesNotClaimASpecOfANewerBuild) {
  auto now = std::make_shared<Time>(1'000'000s);
  SqliteOptions options;
  options.clock = [now] { return *now; };
  const auto store = open(options);
  const auto strange = store->insert(request(1))->id;
  const auto ours = store->insert(request(2))->id;
  overwrite_spec(strange, kSpecOfNewerBuild);
  const auto claimed = store->claim({"old", 10s, 2});
  ASSERT_TRUE(claimed) << claimed.error().message;
  ASSERT_EQ(claimed->size(), 1U);
  EXPECT_EQ(claimed->front().id, ours);
  EXPECT_EQ(store->find(strange)->state, JobState::queued);

  overwrite_spec(strange, R"({"format":"mp3"})");  // a spec that this build supports
  *now += 1s;
  EXPECT_EQ(store->claim({"new", 10s, 2})->size(), 1U);
}

TEST_F(JobRecordTest, ASpecOfANewerBuildSurvivesOtherEvents) {
  const auto store = open();
  const auto id = store->insert(request(1))->id;
  overwrite_spec(id, kSpecOfNewerBuild);
  ASSERT_TRUE(store->apply(id, event::Cancelled{}));
  ASSERT_TRUE(store->apply(id, event::Retried{}));
  EXPECT_EQ(query_text("SELECT spec FROM jobs"), kSpecOfNewerBuild);

  auto known = store->find(id)->request.spec;  // replacing it keeps the known fields only
  ASSERT_TRUE(store->apply(id, event::Replaced{known, ""}));
  EXPECT_EQ(store->claim({"old", 10s, 1})->size(), 1U);
}

TEST_F(JobRecordTest, StoresAnInvalidSpec) {
  const auto store = open();
  auto requested = request(1);
  requested.spec.format.clear();
  requested.spec.start = 3s;
  requested.spec.end = 2s;
  const auto id = store->insert(requested)->id;
  EXPECT_EQ(store->find(id)->request.spec, requested.spec);
  EXPECT_EQ(store->claim({"w", 10s, 1})->size(), 1U);
}

TEST_F(JobRecordTest, IgnoresMembersAddedByANewerBuild) {
  const auto store = open();
  const auto id = store->insert(request(1))->id;
  execute_directly(
      R"(UPDATE jobs SET inputs = '[{"name":"a","key":"in/1","size":3,"sha256":"","colour":[1]}]',
            warnings = '[{"code":99,"message":"new"}]',
            error_code = 98, error_message = 'e', error_retryable = 0)");
  const auto found = store->find(id);
  ASSERT_TRUE(found) << found.error().message;
  EXPECT_EQ(found->request.inputs.front().size, 3U);
  EXPECT_EQ(static_cast<int>(found->warnings.front().code), 99);
  EXPECT_EQ(static_cast<int>(found->error->code), 98);
}

TEST_F(JobRecordTest, NamesTheDamagedRecord) {
  const auto store = open();
  const auto id = store->insert(request(1))->id;
  for (const auto* damage : {"inputs = '[{]'", "inputs = '[3]'", "inputs = '{}'", "labels = '[]'",
                             "state = 77", "place = -1", "spec = ''", "outputs = 'x'", "warnings = '[{}]'"}) {
    execute_directly("CREATE TABLE kept AS SELECT * FROM jobs; UPDATE jobs SET " + std::string(damage));
    const auto found = store->find(id);
    ASSERT_FALSE(found) << damage;
    EXPECT_EQ(found.error().code, Errc::internal) << damage;
    EXPECT_THAT(found.error().message, HasSubstr("job 1 ")) << damage;
    EXPECT_FALSE(store->list({})) << damage;
    EXPECT_FALSE(store->apply(id, event::Cancelled{})) << damage;
    execute_directly("DELETE FROM jobs; INSERT INTO jobs SELECT * FROM kept; DROP TABLE kept");
    EXPECT_TRUE(store->find(id)) << damage;
  }
}

TEST_F(JobRecordTest, ADamagedRecordDoesNotBlockOtherJobs) {
  auto now = std::make_shared<Time>(1'000'000s);
  SqliteOptions options;
  options.clock = [now] { return *now; };
  const auto store = open(options);
  const auto first = store->insert(request(1))->id;
  const auto second = store->insert(request(2))->id;
  execute_directly("UPDATE jobs SET inputs = '[' WHERE id = " + std::to_string(first));
  auto claimed = store->claim({"w", 10s, 2});
  ASSERT_TRUE(claimed) << claimed.error().message;
  ASSERT_EQ(claimed->size(), 1U);
  EXPECT_EQ(claimed->front().id, second);
  *now += 2s;
  claimed = store->claim({"w", 10s, 2});
  ASSERT_FALSE(claimed) << "with nothing else to claim, the damage is reported";
  EXPECT_THAT(claimed.error().message, HasSubstr("job " + std::to_string(first)));

  execute_directly("UPDATE jobs SET inputs = '' WHERE id = " + std::to_string(first));
  *now += 2s;
  ASSERT_EQ(store->claim({"w", 10s, 2})->size(), 1U);
  execute_directly("UPDATE jobs SET inputs = '[' WHERE id = " + std::to_string(first));
  *now += 20s;
  const auto interrupted = store->expire_leases(10);
  ASSERT_TRUE(interrupted) << interrupted.error().message;
  ASSERT_EQ(interrupted->size(), 1U);
  EXPECT_EQ(interrupted->front().id, second);
  EXPECT_FALSE(store->expire_leases(10));
}

TEST_F(JobRecordTest, StoredListsRoundTrip) {
  const std::vector<JobInput> inputs = {{"a \"b\"\n\xC3\xA9\xFF", "k/1", 18'000'000'000'000'000'000U, "ab"},
                                        {}};
  EXPECT_EQ(parse_inputs(inputs_to_json(inputs)), inputs);
  const std::vector<JobOutput> outputs = {{"x", "k", 1, "s", "audio/mpeg", 1500ms}, {"y"}};
  EXPECT_EQ(parse_outputs(outputs_to_json(outputs)), outputs);
  const std::map<std::string, std::string> labels = {{"", "x"}, {"a.b", std::string("\0z", 2)}};
  EXPECT_EQ(parse_labels(labels_to_json(labels)), labels);
  EXPECT_THAT(inputs_to_json({}), IsEmpty());
  EXPECT_THAT(parse_inputs("").value(), IsEmpty());
}

}  // namespace
}  // namespace convert::job_store
