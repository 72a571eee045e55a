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

#include "unit/sqlite/fixture.hpp"
#include "unit/sqlite/no_memory.hpp"

namespace convert::sqlite {
namespace {

using Flush = GroupCommit::Flush;

class Groups : public DatabaseTest {
 protected:
  void SetUp() override {
    session_ = connect();
    ASSERT_TRUE(session_->script("PRAGMA journal_mode = WAL; CREATE TABLE t (x INTEGER PRIMARY KEY)"));
    sqlite3_commit_hook(session_->handle(), &Groups::count, this);
    groups_.emplace(*session_, Durability::power);
  }

  /// Runs these operations in one transaction, each in its own thread: the first holds the leader up until
  /// all others wait.
  std::vector<Result<void>> together(const std::vector<GroupCommit::Operation>& operations) {
    std::vector<Result<void>> results(operations.size());
    std::vector<std::thread> threads;
    std::latch begun(1);
    std::latch entered(static_cast<std::ptrdiff_t>(operations.size()));
    std::thread first([&] {
      const auto done = groups_->run(Flush::spared, [&](Session&) -> Result<void> {
        begun.count_down();
        entered.wait();
        while (groups_->waiting() < operations.size()) std::this_thread::yield();
        commits_ = 0;
        return {};
      });
      EXPECT_TRUE(done);
    });
    begun.wait();
    for (std::size_t i = 0; i < operations.size(); ++i) {
      threads.emplace_back([&, i] {
        entered.count_down();
        try {
          results[i] = groups_->run(Flush::needed, operations[i]);
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
    return [number](Session& session) -> Result<void> {
      session.execute("INSERT INTO t VALUES ($1)", number);
      return {};
    };
  }

  static int count(void* self) {
    auto& test = *static_cast<Groups*>(self);
    ++test.commits_;
    return test.refuse_ ? 1 : 0;
  }

  std::unique_ptr<Session> session_;
  std::optional<GroupCommit> groups_;
  std::atomic<int> commits_ = 0;
  std::atomic<bool> refuse_ = false;
};

TEST_F(Groups, ThoseWhoWaitShareATransaction) {
  std::vector<GroupCommit::Operation> operations;
  for (int number = 1; number <= 10; ++number) operations.push_back(insert(number));
  for (const auto& result : together(operations)) EXPECT_TRUE(result);
  EXPECT_EQ(commits_, 2);  // of the one that held them up, and of all others
  EXPECT_EQ(ask("SELECT COUNT(*) FROM t"), "10");
}

TEST_F(Groups, OnesFailureIsHisAlone) {
  const auto fails = [](Session& session) -> Result<void> {
    session.execute("INSERT INTO t VALUES (100)");
    return Error{Errc::conflict, "no"};
  };
  const auto collides = [](Session& session) -> Result<void> {
    session.execute("INSERT INTO t VALUES (200)");
    session.execute("INSERT INTO t VALUES (200)");
    session.execute("INSERT INTO t VALUES (201)");  // after a failure nothing more is done
    return {};
  };
  const auto results = together({insert(1), fails, insert(2), collides, insert(3)});
  EXPECT_TRUE(results[0]);
  EXPECT_EQ(results[1].error().code, Errc::conflict);
  EXPECT_TRUE(results[2]);
  EXPECT_EQ(results[3].error().code, Errc::internal);
  EXPECT_TRUE(results[4]);
  EXPECT_EQ(ask("SELECT group_concat(x) FROM t"), "1,2,3");
}

TEST_F(Groups, WhatIsThrownIsThrownInItsOwnThread) {
  EXPECT_THROW((void)groups_->run(Flush::needed,
                                  [](Session& session) -> Result<void> {
                                    session.execute("INSERT INTO t VALUES (1)");
                                    throw std::runtime_error("broken");
                                  }),
               std::runtime_error);
  EXPECT_EQ(ask("SELECT COUNT(*) FROM t"), "0");
  EXPECT_TRUE(groups_->run(Flush::needed, insert(2)));
}

TEST_F(Groups, ACommitThatFailsFailsAll) {
  const auto refusing = [&](Session& session) -> Result<void> {
    refuse_ = true;
    return insert(1)(session);
  };
  const auto results = together({refusing, insert(2), insert(3)});
  for (const auto& result : results) EXPECT_FALSE(result);
  refuse_ = false;
  EXPECT_EQ(ask("SELECT COUNT(*) FROM t"), "0");
  EXPECT_TRUE(groups_->run(Flush::needed, insert(4)));
}

/// Wherever the memory of the one who leads ends, nobody waits for ever, and what is said to have failed has.
TEST_F(Groups, WithoutMemoryEverybodyHearsTheTruth) {
  int number = 0;
  std::size_t stored = 0;
  std::size_t served = 0;
  for (int after = 0; served < 3; ++after) {
    ASSERT_LT(after, 1000) << "it never had all the memory that it needed";
    const auto ends = [after](Session&) -> Result<void> {
      test::end_memory_after(after);
      return {};
    };
    const int first = ++number;
    const int second = ++number;
    const auto results = together({insert(first), ends, insert(second)});
    served = static_cast<std::size_t>(
        std::count_if(results.begin(), results.end(), [](const auto& r) { return r.has_value(); }));
    stored += results[0].has_value() ? 1U : 0U;
    stored += results[2].has_value() ? 1U : 0U;
    ASSERT_EQ(ask("SELECT COUNT(*) FROM t"), std::to_string(stored)) << "after " << after;
  }
}

/// Two readers, of whom at every moment one is reading.
class EndlessReaders {
 public:
  EndlessReaders(Session& first, Session& second)
      : threads_{std::jthread([this, &first](const std::stop_token& stop) { read(first, 0, stop); }),
                 std::jthread([this, &second](const std::stop_token& stop) { read(second, 1, stop); })} {
    while (begun_[0] == 0) std::this_thread::yield();
  }

 private:
  void read(Session& session, std::size_t self, const std::stop_token& stop) {
    const auto& other = begun_[1 - self];
    while (!stop.stop_requested()) {
      const auto before = other.load();
      EXPECT_TRUE(session.script("BEGIN; SELECT COUNT(*) FROM t"));
      ++begun_[self];
      while (other == before && !stop.stop_requested()) std::this_thread::yield();
      EXPECT_TRUE(session.script("COMMIT"));
    }
  }

  std::array<std::atomic<int>, 2> begun_{};
  std::array<std::jthread, 2> threads_;
};

TEST_F(Groups, TheLogBeginsAnewThoughSomebodyAlwaysReads) {
  constexpr int pages = 20;
  session_->copy_log_from(pages);
  const auto first = connect();
  const auto second = connect();
  const EndlessReaders readers(*first, *second);
  for (int number = 0; number < 100 * pages; ++number)
    ASSERT_TRUE(groups_->run(Flush::spared, insert(number)));
  EXPECT_LT(std::filesystem::file_size(file().string() + "-wal"), 20U * pages * 4096U);
}

TEST_F(Groups, OnlyWhatNeedsItIsFlushed) {
  const auto level = [&](Flush flush) {
    std::string synchronous;
    EXPECT_TRUE(groups_->run(flush, [&](Session& session) -> Result<void> {
      auto rows = session.query("PRAGMA synchronous");
      if (rows.next()) synchronous = rows.text(0);
      return {};
    }));
    return synchronous;
  };
  EXPECT_EQ(level(Flush::spared), "1");
  EXPECT_EQ(level(Flush::needed), "2");
  EXPECT_EQ(level(Flush::spared), "1");
  groups_.emplace(*session_, Durability::process);
  EXPECT_EQ(level(Flush::needed), "1");
}

}  // namespace
}  // namespace convert::sqlite
