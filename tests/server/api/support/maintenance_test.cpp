// SPDX-License-Identifier: MIT
#include "api/support/maintenance.hpp"

#include <gtest/gtest.h>
#include <atomic>
#include <functional>
#include <future>
#include <memory>
#include <set>
#include <string>

#include "engine/fake_execution.hpp"
#include "support/test_helpers.hpp"

namespace convert::server::api {
namespace {

using std::chrono::seconds;
using Tick = std::chrono::steady_clock::time_point;

/// Maintenance without work, secrets that count how often they are loaded, and a clock that the test sets.
class MaintenanceTest : public testing::Test {
 protected:
  static EngineOptions options() {
    EngineOptions options;
    options.execution = std::make_shared<test::FakeExecution>();
    return options;
  }

  /// Five seconds later, waits until Maintenance has renewed the requests, which it does last.
  void pass_five_seconds() {
    const int before = renewals;
    now += 5;
    maintenance.wake();
    ASSERT_TRUE(test::eventually(seconds(60), [&] { return renewals > before; }));
  }

  const std::vector<Secret> rotated{security::make_secret(Time{})};
  std::atomic<std::int64_t> now{1'000};  // seconds
  std::atomic<int> reads = 0;
  std::atomic<int> renewals = 0;  // of requests, each five seconds
  std::shared_ptr<AccountStore> store = memory_account_store();
  Engine engine{options()};
  const std::function<Time()> clock = [] { return Time{}; };
  Quotas quotas{engine, *store, clock};
  const std::unique_ptr<security::SecretProvider> secrets = security::SecretProvider::make(
                                                                {},
                                                                [this] {
                                                                  ++reads;
                                                                  return rotated;
                                                                },
                                                                Time{})
                                                                .value();
  std::function<void()> on_removal = [] {};
  Maintenance maintenance{MaintenanceParts{engine,
                                           *store,
                                           quotas,
                                           *secrets,
                                           clock,
                                           [](LogLine::Level, std::string) {},
                                           [this](const std::string&) { on_removal(); },
                                           [this] { return Tick(seconds(now)); },
                                           {},
                                           [this]() -> Result<void> {
                                             ++renewals;
                                             return {};
                                           }}};
};

TEST_F(MaintenanceTest, LoadsSecretsBeforeANewOneSigns) {
  for (int elapsed = 5; elapsed <= 60; elapsed += 5) {
    pass_five_seconds();
    EXPECT_EQ(reads, elapsed / 20) << "read at the start, then each 20 s";
    if (reads > 0) EXPECT_EQ(secrets->ring()->signing_secret(Time{}).id, rotated.front().id);
  }
}

TEST_F(MaintenanceTest, RenewsWhileAnAccountIsDeleted) {
  std::promise<void> deleting;
  std::promise<void> renewed;
  on_removal = [&] {
    deleting.set_value();
    renewed.get_future().wait();
  };
  maintenance.schedule_removal("ann");
  deleting.get_future().wait();
  pass_five_seconds();
  renewed.set_value();
}

/// An engine that runs nothing, with one account that has tasks and one that is another's.
class Removal : public testing::Test {
 protected:
  Removal() {
    EngineOptions options;
    options.execution = std::make_shared<test::FakeExecution>();
    options.storage = storage;
    engine.emplace(std::move(options));
    Account account;
    account.name = "ann";
    account.email = "ann@example.com";
    ann = accounts->create(account).value().id;
    account.name = "bob";
    account.email = "bob@example.com";
    bob = accounts->create(account).value().id;
  }

  void submit(const std::string& owner) {
    auto upload = engine->upload().value();
    const std::vector<std::byte> content(10, std::byte{'x'});
    ASSERT_TRUE(upload->write(content));
    JobRequest request;
    request.owner = owner;
    request.inputs.push_back(upload->finish("a.low").value());
    request.spec.format = "upper";
    ASSERT_TRUE(engine->submit(std::move(request)));
  }
  std::size_t tasks(const std::string& owner) {
    JobFilter filter;
    filter.owner = owner;
    filter.max = 1'000;
    return engine->list(filter).value().size();
  }
  bool is_gone(const std::string& account) {
    const auto found = accounts->find(account);
    return !found && found.error().code == Errc::not_found;
  }

  std::shared_ptr<Storage> storage = memory_storage();
  std::shared_ptr<AccountStore> accounts = memory_account_store();
  std::optional<Engine> engine;
  std::string ann;
  std::string bob;
};

TEST_F(Removal, DeletesTasksFilesAndTheAccount) {
  for (int i = 0; i < 250; ++i) submit(ann);  // more than a page
  submit(bob);
  ASSERT_TRUE(remove_account(*engine, *accounts, ann, {}));
  EXPECT_EQ(tasks(ann), 0u);
  EXPECT_TRUE(is_gone(ann));
  EXPECT_EQ(tasks(bob), 1u);
  EXPECT_FALSE(is_gone(bob));
  EXPECT_EQ(storage->list("", "", 10).value().size(), 1u);
  EXPECT_TRUE(remove_account(*engine, *accounts, ann, {})) << "it may be repeated";
}

TEST_F(Removal, StopsBetweenTwoTasksAndKeepsTheAccount) {
  submit(ann);
  std::stop_source stop;
  stop.request_stop();
  const auto removed = remove_account(*engine, *accounts, ann, stop.get_token());
  ASSERT_FALSE(removed);
  EXPECT_EQ(removed.error().code, Errc::cancelled);
  EXPECT_FALSE(is_gone(ann));
}

TEST_F(Removal, ResumesAfterARestart) {
  submit(ann);
  AccountChange change;
  change.being_deleted = true;
  ASSERT_TRUE(accounts->change(ann, change));
  const auto now = [] {
    return std::chrono::floor<std::chrono::milliseconds>(std::chrono::system_clock::now());
  };
  Quotas quotas(*engine, *accounts, now);
  std::mutex mutex;
  std::set<std::string> forgotten;
  const auto forget = [&](const std::string& id) {
    const std::lock_guard lock(mutex);
    forgotten.insert(id);
  };
  const auto secrets = security::SecretProvider::make({}, {}, now()).value();
  Maintenance maintenance(MaintenanceParts{*engine, *accounts, quotas, *secrets, now,
                                           [](LogLine::Level, std::string) {}, forget});
  EXPECT_TRUE(test::eventually(std::chrono::seconds(60), [&] { return is_gone(ann); }));
  EXPECT_EQ(tasks(ann), 0u);

  ASSERT_TRUE(accounts->change(bob, change));
  maintenance.schedule_removal(bob);
  EXPECT_TRUE(test::eventually(std::chrono::seconds(60), [&] {
    const std::lock_guard lock(mutex);
    return forgotten == std::set{ann, bob};
  }));
}

}  // namespace
}  // namespace convert::server::api
