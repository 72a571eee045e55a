// SPDX-License-Identifier: MIT
#include "http/content/byte_ranges.hpp"

#include <gtest/gtest.h>

namespace convert::server::http {
namespace {

using RangeKind = RangePlan::Kind;

/// "0-1 5-9", "whole" or "none".
std::string plan_text(const std::string& range, std::uint64_t size = 1'000) {
  const RangePlan plan = plan_ranges(range, size);
  if (plan.kind == RangeKind::whole) return "whole";
  if (plan.kind == RangeKind::unsatisfiable) return "none";
  EXPECT_EQ(plan.kind, plan.ranges.size() == 1 ? RangeKind::part : RangeKind::parts);
  std::string text;
  for (const Range& part : plan.ranges) {
    text += (text.empty() ? "" : " ") + std::to_string(part.first) + '-' + std::to_string(part.last);
  }
  return text;
}

TEST(Ranges, PlansOneRange) {
  EXPECT_EQ(plan_text("bytes=0-0"), "0-0");
  EXPECT_EQ(plan_text("bytes=10-19"), "10-19");
  EXPECT_EQ(plan_text("Bytes=10-"), "10-999");
  EXPECT_EQ(plan_text("bytes=-10"), "990-999");
  EXPECT_EQ(plan_text("bytes=-5000"), "0-999");
  EXPECT_EQ(plan_text("bytes=999-1000"), "999-999");
  EXPECT_EQ(plan_text("bytes= 0-1 ,"), "0-1");
  EXPECT_EQ(plan_text("bytes=0-99999999999999999999999999"), "0-999");
  EXPECT_EQ(plan_text("bytes=-99999999999999999999999999"), "0-999");
  EXPECT_EQ(plan_text("bytes=0000000000000000000000000005-6"), "5-6");
  EXPECT_EQ(plan_ranges({}, 10).kind, RangeKind::whole);
}

TEST(Ranges, ReportsUnsatisfiableRanges) {
  EXPECT_EQ(plan_text("bytes=1000-"), "none");
  EXPECT_EQ(plan_text("bytes=1000-2000"), "none");
  EXPECT_EQ(plan_text("bytes=-0"), "none");
  EXPECT_EQ(plan_text("bytes=99999999999999999999999999-"), "none");
  EXPECT_EQ(plan_text("bytes=0-", 0), "none");
  EXPECT_EQ(plan_text("bytes=-5", 0), "whole");
}

TEST(Ranges, IgnoresMalformedRanges) {
  for (const char* range : {"", "bytes", "bytes=", "bytes=,", "bytes=-", "bytes=a-b", "bytes=1", "bytes=2-1",
                            "bytes=1-2-3", "bytes=--1", "bytes=+1-2", "bytes=1 -2", "bytes=0-1,x",
                            "lines=0-1", "bytes=1-2x", "bytes=0x1-2", "bytes:1-2"}) {
    EXPECT_EQ(plan_text(range), "whole") << range;
  }
}

TEST(Ranges, PlansSeveralRanges) {
  EXPECT_EQ(plan_text("bytes=0-9,500-509"), "0-9 500-509");
  EXPECT_EQ(plan_text("bytes=500-509, 0-9"), "500-509 0-9");
  EXPECT_EQ(plan_text("bytes=0-9,2000-3000"), "0-9");
  EXPECT_EQ(plan_text("bytes=-1,0-0"), "999-999 0-0");
}

TEST(Ranges, MergesAdjacentRanges) {
  EXPECT_EQ(plan_text("bytes=0-9,10-19"), "0-19");
  EXPECT_EQ(plan_text("bytes=0-9,5-6"), "0-9");
  EXPECT_EQ(plan_text("bytes=0-9,11-19"), "0-9 11-19");
  EXPECT_EQ(plan_text("bytes=0-9,20-29,15-25"), "0-9 15-29");
  EXPECT_EQ(plan_text("bytes=0-9,20-29,10-19"), "0-29");
  EXPECT_EQ(plan_ranges("bytes=-1,0-0", ~std::uint64_t{0}).ranges.size(), 2U);  // nothing overflows
}

TEST(Ranges, IgnoresTooManyRanges) {
  const auto many = [](int count) {
    std::string range = "bytes=0-0";
    for (int i = 1; i < count; ++i)
      range += ',' + std::to_string(i * 1'000) + '-' + std::to_string(i * 1'000);
    return range;
  };
  EXPECT_EQ(plan_ranges(many(16), 1'000'000).ranges.size(), 16U);
  EXPECT_EQ(plan_text(many(17), 1'000'000), "whole");
  std::string same = "bytes=0-0";
  for (int i = 1; i < 100; ++i) same += ",0-0";
  EXPECT_EQ(plan_text(same), "0-0");
  EXPECT_EQ(plan_text(same + ",0-0"), "whole");
}

TEST(Ranges, EvaluatesIfRange) {
  const Seconds changed{std::chrono::seconds(784'111'777)};
  const Seconds now = changed + std::chrono::hours(1);
  const auto holds = [&](const char* value) { return if_range_matches(value, "\"a\"", changed, now); };
  EXPECT_TRUE(if_range_matches({}, "\"a\"", changed, now));
  EXPECT_TRUE(holds("\"a\""));
  EXPECT_FALSE(holds("\"b\""));
  EXPECT_FALSE(holds("W/\"a\""));
  EXPECT_FALSE(holds("*"));
  EXPECT_FALSE(if_range_matches("W/\"a\"", "W/\"a\"", changed, now));
  EXPECT_TRUE(holds("Sun, 06 Nov 1994 08:49:37 GMT"));
  EXPECT_FALSE(holds("Sun, 06 Nov 1994 08:49:38 GMT"));
  EXPECT_FALSE(holds("Sun, 06 Nov 1994 08:49:36 GMT"));
  EXPECT_FALSE(if_range_matches("Sun, 06 Nov 1994 08:49:37 GMT", "\"a\"", changed, changed));
  EXPECT_FALSE(if_range_matches("Sun, 06 Nov 1994 08:49:37 GMT", "\"a\"", {}, now));
}

TEST(Ranges, FormatsContentRange) {
  EXPECT_EQ(content_range({0, 9}, 100), "bytes 0-9/100");
  EXPECT_EQ(content_range_unsatisfiable(100), "bytes */100");
  const MultipartByteRanges parts = format_byte_ranges({{0, 1}, {200, 202}}, 1'000, "audio/mpeg", "xyz");
  EXPECT_EQ(parts.content_type, "multipart/byteranges; boundary=xyz");
  const std::string all = parts.heads[0] + "ab" + parts.heads[1] + "cde" + parts.tail;
  EXPECT_EQ(all,
            "--xyz\r\nContent-Type: audio/mpeg\r\nContent-Range: bytes 0-1/1000\r\n\r\nab"
            "\r\n--xyz\r\nContent-Type: audio/mpeg\r\nContent-Range: bytes 200-202/1000\r\n\r\ncde"
            "\r\n--xyz--\r\n");
  EXPECT_EQ(parts.length, all.size());
  EXPECT_EQ(format_byte_ranges({{0, 1}, {5, 6}}, 10, "", "x").heads[0],
            "--x\r\nContent-Range: bytes 0-1/10\r\n\r\n");
}

}  // namespace
}  // namespace convert::server::http
