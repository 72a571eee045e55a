// SPDX-License-Identifier: MIT
#include "sqlite/group_commit.hpp"

#include <algorithm>
#include <array>
#include <atomic>
#include <latch>
#include <new>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "unit/sqlite/database_fixture.hpp"
#include "unit/sqlite/failing_allocations.hpp"

namespace convert::sqlite {
namespace {

using Flush = GroupCommit::Flush;

class GroupCommitTest : public DatabaseTest {
 protected:
  void SetUp() override {
    connection_ = connect();
    ASSERT_TRUE(connection_->script("PRAGMA journal_mode = WAL; CREATE TABLE t (x INTEGER PRIMARY KEY)"));
    sqlite3_commit_hook(connection_->handle(), &GroupCommitTest::count, this);
    group_commit_.emplace(*connection_, Durability::power);
  }

  /// Runs `operations` in one transaction, each in its own thread: another operation blocks the leader until
  /// all of them wait.
  std::vector<Result<void>> run_in_one_transaction(const std::vector<GroupCommit::Operation>& operations) {
    std::vector<Result<void>> results(operations.size());
    std::vector<std::thread> threads;
    std::latch started(1);
    std::latch entered(static_cast<std::ptrdiff_t>(operations.size()));
    std::thread first([&] {
      const auto done = group_commit_->run(Flush::not_required, [&](Connection&) -> Result<void> {
        started.count_down();
        entered.wait();
        while (group_commit_->waiting() < operations.size()) std::this_thread::yield();
        commits_ = 0;
        return {};
      });
      EXPECT_TRUE(done);
    });
    started.wait();
    for (std::size_t i = 0; i < operations.size(); ++i) {
      threads.emplace_back([&, i] {
        entered.count_down();
        try {
          results[i] = group_commit_->run(Flush::required, operations[i]);
        } catch (const std::bad_alloc&) {
          results[i] = Error{Errc::unavailable, "no memory"};
        }
      });
    }
    for (auto& thread : threads) thread.join();
    first.join();
    return results;
  }

  static GroupCommit::Operation insert(int number) {
    return [number](Connection& connection) -> Result<void> {
      connection.execute("INSERT INTO t VALUES ($1)", number);
      return {};
    };
  }

  static int count(void* self) {
    auto& test = *static_cast<GroupCommitTest*>(self);
    ++test.commits_;
    return test.refuse_ ? 1 : 0;
  }

  std::unique_ptr<Connection> connection_;
  std::optional<GroupCommit> group_commit_;
  std::atomic<int> commits_ = 0;
  std::atomic<bool> refuse_ = false;
};

TEST_F(GroupCommitTest, WaitingOperationsShareATransaction) {
  std::vector<GroupCommit::Operation> operations;
  for (int number = 1; number <= 10; ++number) operations.push_back(insert(number));
  for (const auto& result : run_in_one_transaction(operations)) EXPECT_TRUE(result);
  EXPECT_EQ(commits_, 2);  // of the blocking operation, and of all others
  EXPECT_EQ(query_text("SELECT COUNT(*) FROM t"), "10");
}

TEST_F(GroupCommitTest, AFailedOperationLeavesTheOthersAlone) {
  const auto fails = [](Connection& connection) -> Result<void> {
    connection.execute("INSERT INTO t VALUES (100)");
    return Error{Errc::conflict, "no"};
  };
  const auto collides = [](Connection& connection) -> Result<void> {
    connection.execute("INSERT INTO t VALUES (200)");
    connection.execute("INSERT INTO t VALUES (200)");
    connection.execute("INSERT INTO t VALUES (201)");  // ignored after the error
    return {};
  };
  const auto results = run_in_one_transaction({insert(1), fails, insert(2), collides, insert(3)});
  EXPECT_TRUE(results[0]);
  EXPECT_EQ(results[1].error().code, Errc::conflict);
  EXPECT_TRUE(results[2]);
  EXPECT_EQ(results[3].error().code, Errc::internal);
  EXPECT_TRUE(results[4]);
  EXPECT_EQ(query_text("SELECT group_concat(x) FROM t"), "1,2,3");
}

TEST_F(GroupCommitTest, RethrowsExceptionsInTheCallersThread) {
  EXPECT_THROW((void)group_commit_->run(Flush::required,
                                        [](Connection& connection) -> Result<void> {
                                          connection.execute("INSERT INTO t VALUES (1)");
                                          throw std::runtime_error("broken");
                                        }),
               std::runtime_error);
  EXPECT_EQ(query_text("SELECT COUNT(*) FROM t"), "0");
  EXPECT_TRUE(group_commit_->run(Flush::required, insert(2)));
}

TEST_F(GroupCommitTest, AFailedCommitFailsAllOperations) {
  const auto refusing = [&](Connection& connection) -> Result<void> {
    refuse_ = true;
    return insert(1)(connection);
  };
  const auto results = run_in_one_transaction({refusing, insert(2), insert(3)});
  for (const auto& result : results) EXPECT_FALSE(result);
  refuse_ = false;
  EXPECT_EQ(query_text("SELECT COUNT(*) FROM t"), "0");
  EXPECT_TRUE(group_commit_->run(Flush::required, insert(4)));
}

/// Wherever the leader runs out of memory, each operation returns, and failed exactly if it returned an
/// error.
TEST_F(GroupCommitTest, ReportsEachResultWhenTheLeaderRunsOutOfMemory) {
  int number = 0;
  std::size_t stored = 0;
  std::size_t served = 0;
  for (int after = 0; served < 3; ++after) {
    ASSERT_LT(after, 1000) << "no run had enough memory";
    const auto ends = [after](Connection&) -> Result<void> {
      test::fail_allocations_after(after);
      return {};
    };
    const int first = ++number;
    const int second = ++number;
    const auto results = run_in_one_transaction({insert(first), ends, insert(second)});
    served = static_cast<std::size_t>(
        std::count_if(results.begin(), results.end(), [](const auto& r) { return r.has_value(); }));
    stored += results[0].has_value() ? 1U : 0U;
    stored += results[2].has_value() ? 1U : 0U;
    ASSERT_EQ(query_text("SELECT COUNT(*) FROM t"), std::to_string(stored)) << "after " << after;
  }
}

/// Two readers whose transactions overlap, so that at least one is always reading.
class OverlappingReaders {
 public:
  OverlappingReaders(Connection& first, Connection& second)
      : threads_{std::jthread([this, &first](const std::stop_token& stop) { read(first, 0, stop); }),
                 std::jthread([this, &second](const std::stop_token& stop) { read(second, 1, stop); })} {
    while (reads_[0] == 0) std::this_thread::yield();
  }

 private:
  void read(Connection& connection, std::size_t self, const std::stop_token& stop) {
    const auto& other = reads_[1 - self];
    while (!stop.stop_requested()) {
      const auto before = other.load();
      EXPECT_TRUE(connection.script("BEGIN; SELECT COUNT(*) FROM t"));
      ++reads_[self];
      while (other == before && !stop.stop_requested()) std::this_thread::yield();
      EXPECT_TRUE(connection.script("COMMIT"));
    }
  }

  std::array<std::atomic<int>, 2> reads_{};
  std::array<std::jthread, 2> threads_;
};

TEST_F(GroupCommitTest, TheWalRestartsWhileReadersOverlap) {
  constexpr int pages = 20;
  connection_->checkpoint_wal_at(pages);
  const auto first = connect();
  const auto second = connect();
  const OverlappingReaders readers(*first, *second);
  for (int number = 0; number < 100 * pages; ++number)
    ASSERT_TRUE(group_commit_->run(Flush::not_required, insert(number)));
  EXPECT_LT(std::filesystem::file_size(file().string() + "-wal"), 20U * pages * 4096U);
}

TEST_F(GroupCommitTest, FlushesOnlyWhereRequired) {
  const auto level = [&](Flush flush) {
    std::string synchronous;
    EXPECT_TRUE(group_commit_->run(flush, [&](Connection& connection) -> Result<void> {
      auto rows = connection.query("PRAGMA synchronous");
      if (rows.next()) synchronous = rows.text(0);
      return {};
    }));
    return synchronous;
  };
  EXPECT_EQ(level(Flush::not_required), "1");
  EXPECT_EQ(level(Flush::required), "2");
  EXPECT_EQ(level(Flush::not_required), "1");
  group_commit_.emplace(*connection_, Durability::process);
  EXPECT_EQ(level(Flush::required), "1");
}

}  // namespace
}  // namespace convert::sqlite
