// SPDX-License-Identifier: MIT
// The log of changes while transactions commit in another order than that of their revisions.
#include <atomic>
#include <thread>

#include "unit/job_store/postgresql/postgresql_job_store_fixture.hpp"

namespace convert::job_store::pg {
namespace {

using namespace std::chrono_literals;
using postgresql::Outcome;

class ChangeLogTest : public PostgresqlJobStoreTest {
 protected:
  std::vector<JobId> jobs_after(Revision after) const {
    std::vector<JobId> jobs;
    for (const Change& line : test::must(store_->changes(after, 1'000))) jobs.push_back(line.job);
    return jobs;
  }
};

TEST_F(ChangeLogTest, HoldsLinesBackUntilEarlierWritersHaveEnded) {
  auto other = connect();
  other->begin();
  const auto first = insert_in(*other, request());
  const auto second = test::must(store_->insert(request()));
  EXPECT_TRUE(jobs_after(0).empty());
  EXPECT_LT(test::must(store_->last_revision()), second.revision);
  EXPECT_EQ(other->commit(), Outcome::committed);
  EXPECT_EQ(jobs_after(0), (std::vector{first, second.id}));
  EXPECT_EQ(test::must(store_->last_revision()), second.revision);
}

TEST_F(ChangeLogTest, LinesOfOneJobAreHeldBackToo) {
  auto other = connect();
  other->begin();
  insert_in(*other, request());
  const auto id = insert();
  EXPECT_TRUE(test::must(store_->job_changes(id, 0, 10)).empty());
  other->roll_back();
  EXPECT_EQ(test::must(store_->job_changes(id, 0, 10)).size(), 1U);
}

TEST_F(ChangeLogTest, LinesBeforeAnUnfinishedWriterAreVisible) {
  const auto first = insert();
  auto other = connect();
  other->begin();
  insert_in(*other, request());
  insert();
  EXPECT_EQ(jobs_after(0), std::vector{first});
  other->roll_back();
  EXPECT_EQ(jobs_after(0).size(), 2U);
}

TEST_F(ChangeLogTest, OtherTransactionsOfTheServerDelayNothing) {
  sql("CREATE TABLE other_table (x bigint)");
  auto other = connect();
  other->begin();
  EXPECT_EQ(other->execute("INSERT INTO other_table VALUES (1)"), 1);
  const auto job = test::must(store_->insert(request()));
  EXPECT_EQ(jobs_after(0), std::vector{job.id});
  EXPECT_EQ(test::must(store_->last_revision()), job.revision);
  other->roll_back();
}

TEST_F(ChangeLogTest, AHostThatStopsInsideATransactionDelaysTheLogByLessThanFiveSeconds) {
  auto stopped = connect();
  stopped->begin();
  insert_in(*stopped, request());
  const auto id = insert();
  const auto start = std::chrono::steady_clock::now();
  EXPECT_TRUE(test::eventually(kPatience, [&] { return jobs_after(0) == std::vector{id}; }));
  EXPECT_LT(std::chrono::steady_clock::now() - start, 5s);
}

TEST_F(ChangeLogTest, ReadersMissNoLineOfConcurrentWriters) {
  constexpr int kWriters = 4;
  const int jobs = test::full_run() ? 1'000 : 100;
  std::atomic<int> writing = kWriters;
  std::vector<std::thread> writers;
  for (int n = 0; n < kWriters; ++n) {
    writers.emplace_back([&, n] {
      const auto host = open();
      for (int job = 0; job < jobs; ++job) {
        JobRequest requested;
        requested.owner = "ann";
        requested.inputs.push_back({"in.wav", "w/" + std::to_string(n) + "-" + std::to_string(job), 1, ""});
        requested.spec.format = "mp3";
        EXPECT_TRUE(host->insert(requested));
      }
      --writing;
    });
  }
  std::vector<Revision> seen;
  const auto read = [&] {
    const auto lines = test::must(store_->changes(seen.empty() ? 0 : seen.back(), 7));
    for (const Change& line : lines) seen.push_back(line.revision);
    return !lines.empty();
  };
  while (writing > 0) read();
  for (auto& writer : writers) writer.join();
  while (read()) continue;
  std::vector<Revision> all;
  for (const Change& line : test::must(store_->changes(0, 1'000'000))) all.push_back(line.revision);
  EXPECT_EQ(all.size(), static_cast<std::size_t>(kWriters * jobs));
  EXPECT_EQ(seen, all);
}

TEST_F(ChangeLogTest, RevisionsRiseAfterADumpIsRestoredOnAnotherServer) {
  insert();
  sql("UPDATE changes SET revision = revision + 1000000000000; "
      "UPDATE queue SET revision = revision + 1000000000000");
  const auto last = test::must(store_->changes(0, 10)).size();
  EXPECT_EQ(last, 0U) << "beyond all transactions of this server";
  const auto reopened = open();
  const auto old_revision = test::must(reopened->last_revision());
  EXPECT_GT(old_revision, 1'000'000'000'000);
  const auto job = test::must(reopened->insert(request()));
  EXPECT_GT(job.revision, old_revision);
  EXPECT_EQ(test::must(reopened->changes(0, 10)).size(), 2U);
}

TEST_F(ChangeLogTest, NotifiesOtherHosts) {
  const auto other = open();
  std::atomic<int> calls = 0;
  const auto handle = other->notify_changes([&] { ++calls; });
  // Until its connection listens, notifications are lost.
  EXPECT_TRUE(test::eventually(kPatience, [&] {
    insert();
    return calls > 0;
  }));
}

TEST_F(ChangeLogTest, TrimmingKeepsTheNewestLineAndForgetsOwners) {
  for (int n = 0; n < 3; ++n) insert();
  claim(*store_);
  EXPECT_EQ(sql("SELECT count(*) FROM owners"), "1");
  const auto now = test::must(store_->now());
  test::must(store_->trim_changes(now + 1h));
  EXPECT_EQ(test::must(store_->changes(0, 10)).size(), 1U);
  EXPECT_EQ(sql("SELECT count(*) FROM owners"), "1") << "served by the newest line";
}

}  // namespace
}  // namespace convert::job_store::pg
