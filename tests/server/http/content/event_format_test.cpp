// SPDX-License-Identifier: MIT
#include "http/content/event_format.hpp"

#include <gtest/gtest.h>

namespace convert::server::http {
namespace {

TEST(EventFormat, FormatsEvents) {
  EXPECT_EQ(format_event("state", 7, "{}"), "id: 7\nevent: state\ndata: {}\n\n");
  EXPECT_EQ(format_event("", {}, "a\nb\r\nc\rd"), "data: a\ndata: b\ndata: c\ndata: d\n\n");
  EXPECT_EQ(format_event("x", {}, ""), "event: x\ndata: \n\n");
  EXPECT_EQ(format_event("", {}, "a\n"), "data: a\ndata: \n\n");
  EXPECT_EQ(format_retry(std::chrono::seconds(2)), "retry: 2000\n\n");
}

TEST(EventFormat, ParsesEventIds) {
  EXPECT_EQ(parse_event_id(" 12 "), 12U);
  EXPECT_EQ(parse_event_id(""), std::nullopt);
  EXPECT_EQ(parse_event_id("-1"), std::nullopt);
  EXPECT_EQ(parse_event_id("1\n2"), std::nullopt);
  EXPECT_EQ(parse_event_id("99999999999999999999"), std::nullopt);
}

}  // namespace
}  // namespace convert::server::http
