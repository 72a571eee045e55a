// SPDX-License-Identifier: MIT
#include "api/support/maintenance.hpp"

#include <atomic>
#include <memory>
#include <string>

#include <gtest/gtest.h>

#include "engine/fake_execution.hpp"
#include "support/waiting.hpp"

namespace convert::server::api {
namespace {

using std::chrono::seconds;
using Tick = std::chrono::steady_clock::time_point;

/// A Keeper with nothing to do, secrets that count how often they are read again, and a clock that is set.
class Keepers : public testing::Test {
 protected:
  static EngineOptions options() {
    EngineOptions options;
    options.execution = std::make_shared<test::FakeExecution>();
    return options;
  }

  /// The Keeper has looked at the clock once more since this was called.
  void look() {
    const int before = looks;
    maintenance.schedule_removal("nobody");
    ASSERT_TRUE(test::eventually(seconds(60), [&] { return looks > before; }));
  }

  const std::vector<Secret> rotated{security::make_secret(Time{})};
  std::atomic<std::int64_t> now{1'000};  // seconds
  std::atomic<int> reads = 0;
  std::atomic<int> looks = 0;
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
  Maintenance maintenance{
      MaintenanceParts{engine, *store, quotas, *secrets, clock, [](LogLine::Level, std::string) {},
                       [this](const std::string&) { ++looks; }, [this] { return Tick(seconds(now)); }}};
};

TEST_F(Keepers, ReadSecretsAgainBeforeANewOneSigns) {
  look();
  look();
  EXPECT_EQ(reads, 0) << "they were read at the start";
  for (int times = 1; times <= 3; ++times) {
    now += 20;
    look();
    look();
    EXPECT_EQ(reads, times);
    EXPECT_EQ(secrets->ring()->signing_secret(Time{}).id, rotated.front().id);
  }
}

}  // namespace
}  // namespace convert::server::api
