// SPDX-License-Identifier: MIT
#include "postgresql/notifications.hpp"

#include <algorithm>
#include <chrono>
#include <mutex>
#include <string>
#include <vector>

#include "unit/postgresql/postgres_fixture.hpp"

namespace convert::postgresql {
namespace {

using std::chrono::milliseconds;
constexpr std::chrono::seconds kPatience(30);

/// What a host receives.
class Receiver {
 public:
  Receiver(const ConnectionOptions& options, const std::string& channel)
      : notifications(
            options, {channel},
            [this](std::string_view on, std::string_view payload) {
              const std::scoped_lock lock(mutex_);
              if (on.empty()) {
                ++gaps_;
              } else {
                payloads_.emplace_back(payload);
              }
            },
            milliseconds(5)) {}

  std::vector<std::string> payloads() {
    const std::scoped_lock lock(mutex_);
    return payloads_;
  }
  bool received(const std::string& payload) {
    return test::eventually(kPatience, [&]() {
      const auto all = payloads();
      return std::find(all.begin(), all.end(), payload) != all.end();
    });
  }
  int gaps() {
    const std::scoped_lock lock(mutex_);
    return gaps_;
  }

 private:
  std::mutex mutex_;
  std::vector<std::string> payloads_;
  int gaps_ = 0;

 public:
  Notifications notifications;  // last: its thread uses the others
};

class NotificationsTest : public PostgresTest {};

TEST_F(NotificationsTest, ReachOtherHostsOnTheirChannel) {
  Receiver one(options(), schema_ + "_a");
  Receiver two(options(), schema_ + "_a");
  Receiver other(options(), schema_ + "_b");
  for (Receiver* host : {&one, &two, &other}) EXPECT_TRUE(host->notifications.wait_until_known(kPatience));
  one.notifications.notify(schema_ + "_a", "it's \"here\"");
  EXPECT_TRUE(two.received("it's \"here\""));
  EXPECT_TRUE(other.payloads().empty());
}

TEST_F(NotificationsTest, EqualOnesAreSentTogether) {
  Receiver sender(options(), schema_ + "_a");
  Receiver receiver(options(), schema_ + "_a");
  EXPECT_TRUE(receiver.notifications.wait_until_known(kPatience));
  EXPECT_TRUE(sender.notifications.wait_until_known(kPatience));
  for (int i = 0; i < 1000; ++i) sender.notifications.notify(schema_ + "_a", "same");
  sender.notifications.notify(schema_ + "_a", "zlast");
  EXPECT_TRUE(receiver.received("zlast"));
  EXPECT_LT(receiver.payloads().size(), 500U);
}

TEST_F(NotificationsTest, ContinueAfterTheConnectionIsLost) {
  Receiver receiver(options(), schema_ + "_a");
  EXPECT_TRUE(receiver.notifications.wait_until_known(kPatience));
  EXPECT_EQ(receiver.gaps(), 1);
  server_->sql("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'convert'");
  EXPECT_TRUE(test::eventually(kPatience, [&]() { return receiver.gaps() == 2; }));
  EXPECT_TRUE(receiver.notifications.wait_until_known(kPatience));
  server_->sql("NOTIFY " + schema_ + "_a, 'again'");
  EXPECT_TRUE(receiver.received("again"));
}

TEST_F(NotificationsTest, ReportWhyTheyAreNotConnected) {
  auto nowhere = test::must(parse_connection_uri("postgresql:///d?host=/nonexistent"));
  Receiver receiver(nowhere, "a");
  EXPECT_TRUE(test::eventually(kPatience, [&]() { return !receiver.notifications.connected(); }));
  EXPECT_FALSE(receiver.notifications.listening());
  EXPECT_TRUE(receiver.notifications.connected().error().retryable);
}

TEST_F(NotificationsTest, BehindAPoolerTheyOnlySend) {
  SKIP_WITHOUT_PGBOUNCER();
  const test::PgBouncer pooler(*server_, 1);
  Receiver pooled(test::must(parse_connection_uri(pooler.uri(schema_))), schema_ + "_a");
  Receiver direct(options(), schema_ + "_a");
  EXPECT_TRUE(direct.notifications.wait_until_known(kPatience));
  EXPECT_FALSE(pooled.notifications.wait_until_known(kPatience));
  EXPECT_TRUE(test::eventually(kPatience, [&]() { return pooled.gaps() == 1; }));
  pooled.notifications.notify(schema_ + "_a", "from behind");
  EXPECT_TRUE(direct.received("from behind"));
}

}  // namespace
}  // namespace convert::postgresql
