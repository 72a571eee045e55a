// SPDX-License-Identifier: MIT
#include "http/message/http_date.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <cstdint>

namespace convert::server::http {
namespace {

TEST(HttpDate, ParsesAndFormatsDates) {
  const Seconds time{std::chrono::seconds(784'111'777)};
  const Seconds now{std::chrono::seconds(1'790'000'000)};
  EXPECT_EQ(http_date(time), "Sun, 06 Nov 1994 08:49:37 GMT");
  EXPECT_EQ(parse_http_date("Sun, 06 Nov 1994 08:49:37 GMT", now), time);
  EXPECT_EQ(parse_http_date("Sunday, 06-Nov-94 08:49:37 GMT", now), time);
  EXPECT_EQ(parse_http_date("Sun Nov  6 08:49:37 1994", now), time);
  EXPECT_EQ(parse_http_date("Wed Nov 16 08:49:37 1994", now), time + std::chrono::days(10));
  EXPECT_EQ(http_date(*parse_http_date("Sunday, 06-Nov-30 08:49:37 GMT", now)),
            "Wed, 06 Nov 2030 08:49:37 GMT");
  EXPECT_EQ(http_date(Seconds{}), "Thu, 01 Jan 1970 00:00:00 GMT");
  for (std::int64_t at = 0; at < 4'000'000'000; at += 86'400 * 13 + 12'345) {
    const Seconds date{std::chrono::seconds(at)};
    EXPECT_EQ(parse_http_date(http_date(date), now), date);
  }
  for (const char* text :
       {"", "Sun, 06 Nov 1994 08:49:37", "Sun, 06 Nov 1994 08:49:37 GMT ", "Sun, 31 Feb 1994 08:49:37 GMT",
        "Sun, 06 Nov 1994 24:00:00 GMT", "Sun, 06 Nov 1994 08:60:37 GMT", "Sun, 6 Nov 1994 08:49:37 GMT",
        "784111777", "Xyz, 06 Nov 1994 08:49:37 GMT", "Sun, 06 Nov 1994 08:49:37 UTC"}) {
    EXPECT_EQ(parse_http_date(text, now), std::nullopt) << text;
  }
}

}  // namespace
}  // namespace convert::server::http
