// SPDX-License-Identifier: MIT
#include "net/http/server_clock.hpp"

#include <gtest/gtest.h>

#include <chrono>

namespace convert::net {
namespace {

using namespace std::chrono_literals;

std::chrono::sys_seconds host_now() {
  return std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
}

HttpResponseHead response_of(std::chrono::sys_seconds date) {
  HttpResponseHead head;
  head.headers.add("date", format_http_date(date));
  return head;
}

TEST(HttpDate, ParsesAndPrints) {
  const auto time = std::chrono::sys_days(std::chrono::year(1994) / 11 / 6) + 8h + 49min + 37s;
  EXPECT_EQ(format_http_date(time), "Sun, 06 Nov 1994 08:49:37 GMT");
  EXPECT_EQ(parse_http_date("Sun, 06 Nov 1994 08:49:37 GMT"), time);
}

TEST(HttpDate, RefusesOtherForms) {
  for (const char* const text :
       {"", "Sunday, 06-Nov-94 08:49:37 GMT", "Sun Nov  6 08:49:37 1994", "Sun, 31 Feb 1994 08:49:37 GMT",
        "Sun, 06 Nov 1994 24:49:37 GMT", "Sun, 06 Nov 1994 08:49:37 CET", "Sun, 0x Nov 1994 08:49:37 GMT"}) {
    EXPECT_FALSE(parse_http_date(text)) << text;
  }
}

TEST(ServerClock, FollowsTheServer) {
  ServerClock clock;
  EXPECT_EQ(clock.offset(), 0s);
  EXPECT_TRUE(clock.observe(response_of(host_now() + 1h)));
  EXPECT_NEAR(static_cast<double>((clock.now() - host_now()).count()), 3600, 2);
  EXPECT_FALSE(clock.observe(response_of(host_now() + 1h)));
  EXPECT_TRUE(clock.observe(response_of(host_now() - 1h)));
  EXPECT_NEAR(static_cast<double>((clock.now() - host_now()).count()), -3600, 2);
}

TEST(ServerClock, TrustsThisHostWithinSeconds) {
  ServerClock clock;
  EXPECT_FALSE(clock.observe(response_of(host_now() + 2s)));
  EXPECT_EQ(clock.offset(), 0s);
}

TEST(ServerClock, IgnoresCachedAndUndatedResponses) {
  ServerClock clock;
  auto cached = response_of(host_now() - 1h);
  cached.headers.add("Age", "3600");
  EXPECT_FALSE(clock.observe(cached));
  EXPECT_FALSE(clock.observe({}));
  EXPECT_EQ(clock.offset(), 0s);
}

}  // namespace
}  // namespace convert::net
