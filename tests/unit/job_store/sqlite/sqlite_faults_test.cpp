// SPDX-License-Identifier: MIT
#include <fcntl.h>
#include <gmock/gmock.h>
#include <sched.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <fstream>
#include <iterator>
#include <random>
#include <set>
#include <thread>
#include <vector>

#include "conformance/support/child_process.hpp"
#include "conformance/support/suite_support.hpp"
#include "support/test_files.hpp"
#include "unit/job_store/sqlite/sqlite_job_store_fixture.hpp"

namespace convert::job_store {
namespace {

using conformance::ChildProcess;
using testing::HasSubstr;

class SqliteFaultsTest : public SqliteJobStoreTest {
 protected:
  void expect_error(const Result<std::shared_ptr<JobStore>>& opened, Errc code, const std::string& words) {
    ASSERT_FALSE(opened);
    EXPECT_EQ(to_string(opened.error().code), to_string(code)) << opened.error().message;
    EXPECT_THAT(opened.error().message, HasSubstr(words));
  }
};

TEST_F(SqliteFaultsTest, AcknowledgedJobsSurviveAKill) {
  std::mt19937_64 random(conformance::seed());
  const int rounds = conformance::amount(4, 40);
  std::set<JobId> acknowledged;
  for (int round = 0; round < rounds; ++round) {
    ChildProcess child([&](const ChildProcess::Send& send) {
      const auto store = sqlite_job_store(file());
      if (!store) return 1;
      std::atomic<int> number = 1'000'000 * (round + 1);
      std::vector<std::thread> threads;
      for (int thread = 0; thread < 4; ++thread) {
        threads.emplace_back([&] {
          for (;;) {
            const auto job = (*store)->insert(request(++number));
            if (job) send(static_cast<std::uint64_t>(job->id));
            if (number % 3 == 0) (void)(*store)->claim({"w", 10s, 1}).has_value();
          }
        });
      }
      for (auto& thread : threads) thread.join();
      return 0;
    });
    for (auto left = 1 + random() % 300; left > 0; --left) {
      const auto id = child.receive();
      ASSERT_TRUE(id);
      EXPECT_TRUE(acknowledged.insert(static_cast<JobId>(*id)).second) << *id << " was assigned twice";
    }
    child.kill();
    const auto store = open();
    for (const auto id : acknowledged) EXPECT_TRUE(store->find(id)) << id;
    EXPECT_EQ(query_text("PRAGMA integrity_check"), "ok");
  }
}

TEST_F(SqliteFaultsTest, RejectsAFileThatIsNotADatabase) {
  test::write_file(file(), std::string(8192, 'x'));
  expect_error(sqlite_job_store(file()), Errc::internal, "is not a database of jobs");
  EXPECT_EQ(test::read_file(file()), std::string(8192, 'x'));
}

TEST_F(SqliteFaultsTest, NamesAMissingFolder) {
  const auto opened = sqlite_job_store(folder_ / "nowhere" / "jobs.db");
  expect_error(opened, Errc::io, "nowhere");
  expect_error(sqlite_job_store({}), Errc::invalid_argument, "path");
}

/// Calls every function; each must return.
void call_everything(JobStore& store) {
  (void)store.find(3).has_value();
  (void)store.list({}).has_value();
  (void)store.changes(0, 1000).has_value();
  (void)store.statistics().has_value();
  (void)store.insert(request(900'000)).has_value();
  if (const auto claimed = store.claim({"w", 10s, 3})) {
    for (const auto& job : *claimed) {
      const std::vector heartbeats = {ClaimHeartbeat{job.claim(), 0.5}};
      (void)store.heartbeat(heartbeats, 10s).has_value();
      (void)store.apply(job.id, event::Completed{job.token, {}, {}}).has_value();
    }
  }
  (void)store.apply(5, event::Cancelled{}).has_value();
  (void)store.remove(6).has_value();
  (void)store.expire_leases(10).has_value();
  (void)store.trim_changes(Time(1s)).has_value();
  const std::vector<Key> keys = {"in/1"};
  (void)store.unreferenced(keys).has_value();
}

TEST_F(SqliteFaultsTest, DamagedPagesCauseErrorsInsteadOfCrashes) {
  std::mt19937_64 random(conformance::seed());
  {
    const auto store = open({Durability::process});
    for (int number = 0; number < 200; ++number) ASSERT_TRUE(store->insert(request(number)));
  }
  const auto whole = test::read_file(file());
  int refused = 0;
  const int rounds = conformance::amount(60, 2000);
  for (int round = 0; round < rounds; ++round) {
    auto damaged = whole;
    for (auto left = 1 + random() % 64; left > 0; --left) {
      damaged[100 + random() % (damaged.size() - 100)] = static_cast<char>(random());
    }
    for (const auto* suffix : {"-wal", "-shm"}) std::filesystem::remove(file().string() + suffix);
    test::write_file(file(), damaged);
    const auto store = sqlite_job_store(file(), {Durability::process});
    if (store) call_everything(**store);
    refused += !store || !(*store)->list({}) || !(*store)->find(3);
  }
  EXPECT_GT(refused, 0);
}

TEST_F(SqliteFaultsTest, ReportsAFileThatWasOverwrittenWhileOpen) {
  const auto store = open();
  for (int number = 0; number < 100; ++number) ASSERT_TRUE(store->insert(request(number)));
  execute_directly("PRAGMA wal_checkpoint(TRUNCATE)");
  const auto size = std::filesystem::file_size(file());
  test::write_file(file(), std::string(size, '\x7f'));
  const auto fresh = sqlite_job_store(file());
  expect_error(fresh, Errc::internal, "is not a database of jobs");
  call_everything(*store);  // its cache may still serve it
}

TEST_F(SqliteFaultsTest, ReportsALockHeldTooLongByAnotherProcess) {
  const auto store = open({Durability::process, 50ms});
  ASSERT_TRUE(store->insert(request(1)));
  const auto other = connect();
  ASSERT_TRUE(other->script("BEGIN IMMEDIATE"));
  const auto busy = store->insert(request(2));
  ASSERT_FALSE(busy);
  EXPECT_EQ(busy.error().code, Errc::unavailable);
  EXPECT_TRUE(busy.error().retryable);
  EXPECT_THAT(busy.error().message, HasSubstr("busy"));
  EXPECT_TRUE(store->find(1));  // readers do not wait
  ASSERT_TRUE(other->script("ROLLBACK"));
  EXPECT_TRUE(store->insert(request(2)));
}

TEST_F(SqliteFaultsTest, ReportsAFileThatIsNotWritable) {
  open();
  ASSERT_EQ(::chmod(file().c_str(), 0444), 0);
  ASSERT_EQ(::chmod(folder_.path().c_str(), 0755), 0);
  ChildProcess child([&](const ChildProcess::Send& send) {
    if (::getuid() == 0 && ::setresuid(65534, 65534, 65534) != 0) return 2;  // root can write every file
    const auto store = sqlite_job_store(file());
    if (store) return 1;
    send(static_cast<std::uint64_t>(store.error().code));
    send(store.error().message.find("permission") != std::string::npos);
    return 0;
  });
  EXPECT_EQ(child.receive(), static_cast<std::uint64_t>(Errc::io));
  EXPECT_EQ(child.receive(), 1U);
  EXPECT_EQ(child.wait(), 0);
}

bool write_text(const char* path, const std::string& text) {
  std::ofstream out(path);
  out << text << std::flush;
  return out.good();
}

/// Mounts a small tmpfs over the folder in a mount namespace of the calling process, with a user namespace
/// unless root.
bool mount_small_tmpfs(const std::filesystem::path& folder, const char* size) {
  const auto user = ::getuid();
  if (::unshare(CLONE_NEWNS) != 0) {
    if (::unshare(CLONE_NEWUSER | CLONE_NEWNS) != 0) return false;
    if (!write_text("/proc/self/uid_map", "0 " + std::to_string(user) + " 1")) return false;
  }
  if (::mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0) return false;
  return ::mount("tmpfs", folder.c_str(), "tmpfs", 0, size) == 0;
}

constexpr int kNotPossible = 42;

/// A full disk gives an error that says so, loses no job, and inserts succeed once there is space again.
int fill_the_disk(const std::filesystem::path& folder, std::uint64_t& error) {
  if (!mount_small_tmpfs(folder, "size=1m")) return kNotPossible;
  test::write_file(folder / "ballast", std::string(200'000, 'x'));
  const auto store = sqlite_job_store(folder / "jobs.db");
  if (!store) return 1;
  JobId last = 0;
  for (int number = 0;; ++number) {
    const auto job = (*store)->insert(request(number));
    if (!job) {
      error = static_cast<std::uint64_t>(job.error().code);
      if (!job.error().retryable || job.error().message.find("full") == std::string::npos) return 2;
      break;
    }
    last = job->id;
  }
  for (JobId id = 1; id <= last; ++id) {
    if (!(*store)->find(id)) return 3;
  }
  std::filesystem::remove(folder / "ballast");
  const auto job = (*store)->insert(request(1'000'000));
  if (!job || job->id != last + 1) return 4;
  return (*store)->list({})->empty() ? 5 : 0;
}

TEST_F(SqliteFaultsTest, RecoversFromAFullDisk) {
  ChildProcess child([&](const ChildProcess::Send& send) {
    std::uint64_t error = 0;
    const int status = fill_the_disk(folder_.path(), error);
    send(error);
    return status;
  });
  const auto error = child.receive();
  const int status = child.wait();
  if (status == kNotPossible) GTEST_SKIP() << "no mount namespaces here";
  EXPECT_EQ(status, 0);
  EXPECT_EQ(error, static_cast<std::uint64_t>(Errc::io));
}

}  // namespace
}  // namespace convert::job_store
