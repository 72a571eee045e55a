// SPDX-License-Identifier: MIT
// Untrusted Range, If-Range, conditions and dates: parts lie within the content and do not repeat it, and
// their length is the announced one.
#include <cstdint>
#include <string_view>
#include <vector>

#include "fuzz_support.hpp"
#include "http/content/byte_ranges.hpp"
#include "http/content/conditional_request.hpp"

namespace {

using namespace convert::server::http;
using convert::fuzz::fail;
using Kind = RangePlan::Kind;

const Seconds now{std::chrono::seconds(1'790'000'000)};

void check_plan(const RangePlan& plan, std::uint64_t size) {
  if (plan.ranges.size() > 16) fail("too many parts");
  if ((plan.kind == Kind::part) != (plan.ranges.size() == 1)) fail("a part without a range");
  if ((plan.kind == Kind::parts) != (plan.ranges.size() > 1)) fail("parts without ranges");
  std::uint64_t sum = 0;
  for (const Range& range : plan.ranges) {
    if (range.first > range.last || range.last >= size) fail("a part outside of the content");
    if (range.size() > size - sum) fail("more than the content in all");
    sum += range.size();
  }
}

void check_parts(const RangePlan& plan, std::uint64_t size) {
  const MultipartByteRanges parts = format_byte_ranges(plan.ranges, size, "audio/mpeg", "xyz");
  std::uint64_t length = parts.tail.size();
  for (std::size_t i = 0; i < plan.ranges.size(); ++i)
    length += parts.heads[i].size() + plan.ranges[i].size();
  if (length != parts.length) fail("another length than announced");
}

void check_date(std::string_view text) {
  const auto date = parse_http_date(text, now);
  if (!date) return;
  if (parse_http_date(http_date(*date), now) != date) fail("a date that a round trip changes");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  auto bytes = convert::fuzz::text_of(data, size);
  const std::uint8_t kind = convert::fuzz::take_byte(bytes);
  constexpr std::uint64_t sizes[] = {0, 1, 1'000, 1'000'000, std::uint64_t{5} << 30, ~std::uint64_t{0} >> 1};
  const std::uint64_t content = sizes[kind % 6];
  const auto first = convert::fuzz::take_line(bytes);
  const auto second = convert::fuzz::take_line(bytes);
  const RangePlan plan = plan_ranges(first, content);
  check_plan(plan, content);
  if (content < std::uint64_t{1} << 40) check_parts(plan, content);
  if_range_matches(second, "\"tag\"", now, now);
  check_date(first);
  check_date(second);
  const std::vector<convert::server::FieldView> fields{
      {"If-Match", first}, {"If-None-Match", second}, {"If-Modified-Since", bytes}};
  const ConditionResult result =
      evaluate_conditions(convert::server::Method::get, fields, {"\"tag\"", now}, now);
  if (result == ConditionResult::proceed && first.find("tag") == first.npos &&
      first.find('*') == first.npos) {
    fail("If-Match was ignored");
  }
  return 0;
}
