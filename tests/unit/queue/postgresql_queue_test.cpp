// SPDX-License-Identifier: MIT
#include <signal.h>

#include <chrono>
#include <memory>
#include <optional>
#include <string>

#include <gtest/gtest.h>

#include <convert/queue.hpp>

#include "support/postgres_server.hpp"
#include "support/test_helpers.hpp"

namespace convert {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;
using test::must;
using test::PostgresServer;

constexpr std::chrono::seconds kPatience(30);

class PostgresqlQueueTest : public testing::Test {
 protected:
  void SetUp() override {
    if (!open_queue("postgresql:x") && open_queue("postgresql:x").error().code == Errc::unsupported)
      GTEST_SKIP() << "This build has no PostgreSQL";
    SKIP_WITHOUT_POSTGRESQL();
    uri_ = PostgresServer::shared().uri(PostgresServer::unique_schema());
  }

  /// Announces from `from` until `to` receives something: `to` may not listen yet.
  static bool reaches(Queue& from, Queue& to) {
    return test::eventually(kPatience, [&]() {
      must(from.announce(1, milliseconds(0)));
      return must(to.next(milliseconds(20))).has_value();
    });
  }
  static void empty(Queue& queue) {
    while (must(queue.next(milliseconds(100)))) {
    }
  }

  std::string uri_;
};

TEST_F(PostgresqlQueueTest, AnnouncementsReachOtherHosts) {
  const auto one = must(open_queue(uri_));
  const auto two = must(open_queue(uri_));
  EXPECT_TRUE(reaches(*one, *two));
  EXPECT_TRUE(reaches(*two, *one));
  empty(*one);
  empty(*two);
  const auto start = steady_clock::now();
  must(one->announce(2, milliseconds(200)));
  EXPECT_EQ(must(two->next(kPatience)), std::optional<JobId>(2));
  EXPECT_GE(steady_clock::now() - start, milliseconds(190));
}

TEST_F(PostgresqlQueueTest, OtherSchemasAreApart) {
  const auto one = must(open_queue(uri_));
  const auto two = must(open_queue(uri_));
  const auto other = must(open_queue(PostgresServer::shared().uri(PostgresServer::unique_schema())));
  ASSERT_TRUE(reaches(*one, *two));
  EXPECT_FALSE(must(other->next(milliseconds(50))));
}

TEST_F(PostgresqlQueueTest, AnnouncementsOfThisProcessNeedNoServer) {
  PostgresServer server;
  const auto queue = must(open_queue(server.uri()));
  server.stop(SIGINT);
  must(queue->announce(3, milliseconds(0)));
  EXPECT_EQ(must(queue->next(kPatience)), std::optional<JobId>(3));
  EXPECT_TRUE(test::eventually(kPatience, [&]() { return !queue->ready(); }));
  server.start();
  EXPECT_TRUE(test::eventually(kPatience, [&]() { return queue->ready().has_value(); }));
  const auto other = must(open_queue(server.uri()));
  EXPECT_TRUE(reaches(*other, *queue));
}

TEST_F(PostgresqlQueueTest, ReportsAWrongUriAtOnce) {
  const auto typo = open_queue("postgresql://h/d?sslmod=disable");
  ASSERT_FALSE(typo);
  EXPECT_EQ(typo.error().code, Errc::unsupported);
  const auto nothing_there = open_queue("postgresql:///d?host=/nonexistent");
  ASSERT_FALSE(nothing_there);
  EXPECT_EQ(nothing_there.error().code, Errc::unavailable);
}

}  // namespace
}  // namespace convert
