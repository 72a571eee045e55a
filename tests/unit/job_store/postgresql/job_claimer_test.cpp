// SPDX-License-Identifier: MIT
// Claims: jobs that cannot be read, many owners, several urgencies, and what they cost.
#include <algorithm>
#include <set>

#include "unit/job_store/postgresql/postgresql_job_store_fixture.hpp"

namespace convert::job_store::pg {
namespace {

class JobClaimerTest : public PostgresqlJobStoreTest {
 protected:
  void set_spec(JobId id, const std::string& spec) const {
    sql("UPDATE jobs SET spec = '" + spec + "' WHERE id = " + std::to_string(id));
  }
};

TEST_F(JobClaimerTest, AJobOfANewerBuildIsLeftToOthers) {
  const auto newer = insert();
  const auto plain = insert();
  set_spec(newer, R"({"format":"mp3","invented_tomorrow":1})");
  EXPECT_EQ(ids(claim(*store_, 5)), std::vector{plain});
  EXPECT_EQ(test::must(store_->find(newer)).state, JobState::queued);
  set_spec(newer, R"({"format":"mp3"})");
  // A host that has not met it, after the delay.
  EXPECT_TRUE(test::eventually(kPatience, [&] { return ids(claim(*open())) == std::vector{newer}; }));
}

TEST_F(JobClaimerTest, AnOwnerWithJobsOfANewerBuildStopsNoOther) {
  const auto newer = insert(request("ann"));
  const auto first = insert(request("ben"));
  const auto second = insert(request("ben"));
  set_spec(newer, R"({"format":"mp3","invented_tomorrow":1})");
  EXPECT_EQ(ids(claim(*store_)), std::vector{first});
  sql("UPDATE queue SET place = 1");  // the delay of the newer job has passed; its owner is next
  EXPECT_EQ(ids(claim(*store_)), std::vector{second});
}

TEST_F(JobClaimerTest, ADamagedJobIsReportedAndStopsNoOther) {
  const auto damaged = insert();
  set_spec(damaged, "damaged");
  const auto claimed = store_->claim({"worker", std::chrono::seconds(10), 5});
  ASSERT_FALSE(claimed);
  EXPECT_EQ(claimed.error().code, Errc::internal);
  const auto plain = insert();
  EXPECT_EQ(ids(claim(*store_, 5)), std::vector{plain});
  test::must(store_->expire_leases(10));
  EXPECT_EQ(sql("SELECT job FROM queue"), std::to_string(damaged));
}

TEST_F(JobClaimerTest, ServesMoreOwnersThanAStatementConsiders) {
  constexpr std::size_t kOwners = 300;
  for (std::size_t n = 0; n < kOwners; ++n) insert(request("owner-" + std::to_string(n)));
  std::set<std::string> owners;
  while (owners.size() < kOwners) {
    const auto jobs = claim(*store_, 40);
    ASSERT_FALSE(jobs.empty());
    for (const Job& job : jobs) EXPECT_TRUE(owners.insert(job.request.owner).second);
  }
  EXPECT_TRUE(claim(*store_, 40).empty());
}

TEST_F(JobClaimerTest, ABatchSpansUrgencies) {
  std::vector<JobId> expected;
  for (const int urgency : {-1, 0, 2}) {
    auto requested = request();
    requested.urgency = urgency;
    expected.insert(expected.begin(), insert(requested));
  }
  EXPECT_EQ(ids(claim(*store_, 5)), expected);
}

TEST_F(JobClaimerTest, AJobCostsOneStatementForEachOfItsSteps) {
  int statements = 0;
  auto connection = options();
  connection.before_statement = [&](std::string_view) { ++statements; };
  const auto host = test::must(open_store(std::move(connection)));
  const auto count = [&](auto call) {
    statements = 0;
    call();
    return statements;
  };
  insert();
  EXPECT_EQ(count([&] { test::must(host->insert(request())); }), 1);
  std::vector<Job> jobs;
  EXPECT_EQ(count([&] { jobs = claim(*host, 2); }), 1) << "a batch";
  ASSERT_EQ(jobs.size(), 2U);
  EXPECT_EQ(count([&] { complete(*host, jobs[0]); }), 1);
  EXPECT_EQ(count([&] { claim(*host, 2); }), 1) << "nothing to do";
}

}  // namespace
}  // namespace convert::job_store::pg
