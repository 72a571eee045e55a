// SPDX-License-Identifier: MIT
#include "api/tasks/quota.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <atomic>
#include <memory>
#include <thread>
#include <vector>

#include "engine/fake_execution.hpp"

namespace convert::server::api {
namespace {

constexpr std::uint64_t kMiB = std::uint64_t{1} << 20;

/// An engine that runs nothing, accounts in memory, and a clock that is set.
class Quota : public testing::Test {
 protected:
  static EngineOptions options() {
    EngineOptions options;
    options.execution = std::make_shared<test::FakeExecution>();
    return options;
  }

  /// A job of so many bytes, as an upload makes it.
  Job store(const std::string& owner, std::size_t bytes) {
    auto upload = engine.upload().value();
    const std::vector<std::byte> content(bytes, std::byte{'x'});
    (void)upload->write(content);
    JobRequest request;
    request.owner = owner;
    request.inputs.push_back(upload->finish("a.low").value());
    request.spec.format = "upper";
    return engine.submit(std::move(request)).value();
  }

  std::string let_in(const Principal& principal, TaskQuotaRequest request) {
    auto reserved = quotas.reserve(principal, request);
    if (!reserved) {
      ADD_FAILURE() << reserved.error().code;
      return {};
    }
    return *reserved;
  }
  std::string refused(const Principal& principal, TaskQuotaRequest request) {
    auto reserved = quotas.reserve(principal, request);
    return reserved ? "let in" : reserved.error().code;
  }

  std::atomic<std::int64_t> now{1'700'000'000'000};
  std::shared_ptr<AccountStore> accounts = memory_account_store();
  Engine engine{options()};
  Quotas quotas{engine, *accounts, [this] { return Time(std::chrono::milliseconds(now)); }};
};

TEST_F(Quota, PrefersTheAccountsOwnValues) {
  const server::Quota usual{100, 10, 5, 2};
  const EffectiveQuota plain = effective_quota({}, usual);
  EXPECT_EQ(plain.storage_bytes, 100u);
  EXPECT_EQ(plain.file_bytes, 10u);
  EXPECT_EQ(plain.tasks_per_day, 5u);
  EXPECT_EQ(plain.active_tasks, 2u);
  const EffectiveQuota own = effective_quota({{}, 0, {}, 9}, usual);
  EXPECT_EQ(own.storage_bytes, 100u);
  EXPECT_EQ(own.file_bytes, 0u);
  EXPECT_EQ(own.active_tasks, 9u);
}

TEST_F(Quota, CountsStoredAndReservedBytes) {
  const Principal ann{"ann", {10 * kMiB, 0, 0, 0}};
  store("ann", 4 * kMiB);
  const auto first = let_in(ann, {5 * kMiB});
  EXPECT_EQ(refused(ann, {2 * kMiB}), "quota_storage");
  const auto rest = let_in(ann, {1 * kMiB});
  EXPECT_EQ(refused(ann, {1}), "quota_storage");
  ASSERT_TRUE(quotas.release(first));
  let_in(ann, {5 * kMiB});
  EXPECT_EQ(refused({"bob", ann.effective_quota}, {11 * kMiB}), "quota_storage");
  let_in({"bob", ann.effective_quota}, {10 * kMiB});
}

/// What another host has submitted since this one read the usage counts at once.
TEST_F(Quota, CountsTasksThatOtherHostsHaveSubmitted) {
  const Principal ann{"ann", {0, 0, 0, 10}};
  Quotas other{engine, *accounts, [this] { return Time(std::chrono::milliseconds(now)); }};
  let_in(ann, {1});  // reads the usage: no task
  for (int n = 0; n < 9; ++n) {
    const auto reserved = other.reserve(ann, {1});
    ASSERT_TRUE(reserved) << n;
    store("ann", 1);
    ASSERT_TRUE(other.settle(ann, *reserved));
  }
  EXPECT_EQ(refused(ann, {1}), "quota_at_once");
}

TEST_F(Quota, ThreeHostsTogetherKeepTheLimit) {
  constexpr std::uint32_t kLimit = 20;
  const Principal ann{"ann", {0, 0, 0, kLimit}};
  std::vector<std::unique_ptr<Quotas>> hosts;
  for (int n = 0; n < 3; ++n) {
    hosts.push_back(
        std::make_unique<Quotas>(engine, *accounts, [this] { return Time(std::chrono::milliseconds(now)); }));
  }
  std::atomic<std::uint32_t> submitted = 0;
  std::vector<std::thread> threads;
  for (const auto& host : hosts) {
    threads.emplace_back([&, quotas = host.get()] {
      for (std::uint32_t n = 0; n < kLimit; ++n) {
        const auto reserved = quotas->reserve(ann, {1});
        if (!reserved) continue;
        store("ann", 1);
        EXPECT_TRUE(quotas->settle(ann, *reserved));
        ++submitted;
      }
    });
  }
  for (auto& thread : threads) thread.join();
  EXPECT_LE(submitted, kLimit);
  EXPECT_GE(submitted, kLimit - hosts.size()) << "while one is between its job and its settling, both count";
}

TEST_F(Quota, ReleasesRefusedReservations) {
  const Principal ann{"ann", {10 * kMiB, 0, 1, 0}};
  EXPECT_EQ(refused(ann, {11 * kMiB}), "quota_storage");
  let_in(ann, {10 * kMiB});  // the day's one task is still there
}

TEST_F(Quota, CountsActiveTasksAndUploads) {
  const Principal ann{"ann", {0, 0, 0, 3}};
  const Job job = store("ann", 1);
  const auto upload = let_in(ann, {1});
  let_in(ann, {1});
  EXPECT_EQ(refused(ann, {1}), "quota_at_once");
  EXPECT_EQ(refused(ann, {0, true}), "quota_at_once");
  let_in(ann, {0, false});  // what is replaced while it runs is no more at once than before
  ASSERT_TRUE(quotas.release(upload));
  EXPECT_EQ(refused(ann, {1}), "quota_at_once");  // the replacement is still under way
  ASSERT_TRUE(engine.cancel(job.id));
  EXPECT_NE(refused(ann, {1}), "quota_at_once");
}

TEST_F(Quota, AllowsOneActiveTask) {
  const Principal ann{"ann", {0, 0, 0, 1}};
  const auto only = let_in(ann, {1});
  EXPECT_EQ(refused(ann, {1}), "quota_at_once");
  ASSERT_TRUE(quotas.release(only));
  let_in(ann, {1});
}

TEST_F(Quota, RestoresTasksOfADayAtMidnightAndByRelease) {
  const Principal ann{"ann", {0, 0, 2, 0}};
  const auto one = let_in(ann, {1});
  const auto two = let_in(ann, {1});
  EXPECT_EQ(refused(ann, {1}), "quota_tasks");
  ASSERT_TRUE(quotas.release(one));
  const auto three = let_in(ann, {1});
  ASSERT_TRUE(quotas.settle(ann, two));
  ASSERT_TRUE(quotas.settle(ann, three));
  EXPECT_EQ(refused(ann, {1}), "quota_tasks");
  now += std::chrono::milliseconds(std::chrono::hours(24)).count();
  let_in(ann, {1});
}

TEST_F(Quota, SetsRetryAfterToTheNextDay) {
  const Principal ann{"ann", {0, 0, 1, 0}};
  let_in(ann, {1});
  now = 1'700'006'399'000;  // one second before midnight, UTC
  auto again = quotas.reserve(ann, {1});
  ASSERT_FALSE(again);
  EXPECT_EQ(again.error().status, 429u);
  EXPECT_EQ(again.error().retry_after, std::chrono::seconds(1));
}

TEST_F(Quota, GrowsWithinTheQuota) {
  const Principal ann{"ann", {10 * kMiB, 0, 0, 0}};
  const auto id = let_in(ann, {1 * kMiB});
  const auto all = quotas.grow(ann, id, 9 * kMiB, 9 * kMiB);
  EXPECT_TRUE(all);
  const auto grown = quotas.grow(ann, id, 1, 1);
  ASSERT_FALSE(grown);
  EXPECT_EQ(grown.error().code, "quota_storage");
}

TEST_F(Quota, GrowsInSmallerStepsNearTheLimit) {
  const Principal ann{"ann", {64 * kMiB, 0, 0, 0}};
  const auto id = let_in(ann, {0});
  const auto grown = [&](std::uint64_t min_bytes, std::uint64_t max_bytes) {
    const auto bytes = quotas.grow(ann, id, min_bytes, max_bytes);
    return bytes ? *bytes : 0;
  };
  EXPECT_EQ(grown(1, 4 * kMiB), 4 * kMiB);
  EXPECT_EQ(grown(1, 64 * kMiB), 15 * kMiB);
  EXPECT_EQ(grown(44 * kMiB, 64 * kMiB), 44 * kMiB);
  EXPECT_EQ(grown(kMiB, kMiB), kMiB);
  EXPECT_EQ(grown(1, kMiB), 0u);
}

TEST_F(Quota, ReportsAnExpiredReservation) {
  const Principal ann{"ann", {10 * kMiB, 0, 0, 0}};
  const auto id = let_in(ann, {1});
  now += Quotas::kLease.count() + 1;
  const auto grown = quotas.grow(ann, id, 1, 1);
  ASSERT_FALSE(grown);
  EXPECT_EQ(grown.error().status, 503u);
}

TEST_F(Quota, RenewsLeases) {
  const Principal ann{"ann", {10 * kMiB, 0, 0, 0}};
  const auto id = let_in(ann, {1});
  for (int i = 0; i < 5; ++i) {
    now += Quotas::kLease.count() / 2;
    ASSERT_TRUE(quotas.renew());
  }
  EXPECT_TRUE(quotas.grow(ann, id, 1, 1));
}

// The promise that matters: whatever the race, what is stored never passes the quota, and room that is free
// is given to somebody in the end.
TEST_F(Quota, HoldsUnderRaces) {
  constexpr std::uint64_t kFile = 64 << 10;
  constexpr int kFit = 20;
  const Principal ann{"ann", {kFit * kFile, 0, 0, 0}};
  std::atomic<int> stored = 0;
  const auto upload = [&] {
    for (int i = 0; i < 20; ++i) {
      auto reserved = quotas.reserve(ann, {kFile});
      if (!reserved) continue;
      store("ann", kFile);
      ++stored;
      EXPECT_TRUE(quotas.settle(ann, *reserved));
    }
  };
  {
    std::vector<std::jthread> clients;
    for (int i = 0; i < 8; ++i) clients.emplace_back(upload);
  }
  upload();  // alone: what is still free is taken
  EXPECT_EQ(stored, kFit);
  EXPECT_EQ(engine.usage("ann").value().input_bytes, kFit * kFile);
}

}  // namespace
}  // namespace convert::server::api
