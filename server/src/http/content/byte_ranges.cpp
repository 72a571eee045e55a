// SPDX-License-Identifier: MIT
#include "http/content/byte_ranges.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <limits>

#include "http/content/conditional_request.hpp"
#include "http/message/field_values.hpp"

namespace convert::server::http {
namespace {

constexpr std::size_t kMaxRequestedRanges = 100;
constexpr std::size_t kMaxSentRanges = 16;

constexpr std::uint64_t kUnbounded = std::numeric_limits<std::uint64_t>::max();

/// Parses a number of any length; numbers beyond 64 bits become the maximum.
std::optional<std::uint64_t> parse_bound(std::string_view text) noexcept {
  if (text.empty() || text.find_first_not_of("0123456789") != text.npos) return {};
  text.remove_prefix(std::min(text.find_first_not_of('0'), text.size()));
  return text.empty() ? 0 : parse_digits(text).value_or(kUnbounded);
}

/// A range as requested. Without `first`: the last `last` bytes.
struct RangeSpec {
  std::optional<std::uint64_t> first;
  std::uint64_t last = kUnbounded;
};

std::optional<RangeSpec> parse_range_spec(std::string_view text) noexcept {
  const auto dash = text.find('-');
  if (dash == text.npos) return {};
  const auto first = parse_bound(text.substr(0, dash));
  const auto last = parse_bound(text.substr(dash + 1));
  const bool open_ended = dash + 1 == text.size();
  if (dash == 0) return last ? std::optional(RangeSpec{{}, *last}) : std::nullopt;
  if (!first || (!open_ended && !last) || (last && *last < *first)) return {};
  return RangeSpec{first, last.value_or(kUnbounded)};
}

/// nullopt: the range is outside the content.
std::optional<Range> resolve_range(const RangeSpec& spec, std::uint64_t size) noexcept {
  if (size == 0) return {};
  if (!spec.first)
    return spec.last == 0 ? std::nullopt : std::optional(Range{size - std::min(size, spec.last), size - 1});
  if (*spec.first >= size) return {};
  return Range{*spec.first, std::min(spec.last, size - 1)};
}

/// Whether `one` starts inside `other` or directly after it.
bool starts_within(const Range& one, const Range& other) noexcept {
  return one.first <= other.last || one.first - other.last == 1;
}

bool are_adjacent(const Range& a, const Range& b) noexcept {
  return starts_within(a, b) && starts_within(b, a);
}

void add_merged(std::vector<Range>& ranges, Range range) {
  for (;;) {
    const auto other = std::find_if(ranges.begin(), ranges.end(),
                                    [&](const Range& known) { return are_adjacent(known, range); });
    if (other == ranges.end()) break;
    range = {std::min(range.first, other->first), std::max(range.last, other->last)};
    ranges.erase(other);
  }
  ranges.push_back(range);
}

}  // namespace

RangePlan plan_ranges(std::optional<std::string_view> range, std::uint64_t size) {
  constexpr std::string_view unit = "bytes=";
  RangePlan plan;
  if (!range || !equals_ignore_case(range->substr(0, unit.size()), unit)) return plan;
  const auto elements = list_elements(range->substr(unit.size()));
  if (elements.empty() || elements.size() > kMaxRequestedRanges) return plan;
  bool suffix_of_empty = false;
  for (const std::string_view element : elements) {
    const auto spec = parse_range_spec(element);
    if (!spec) return {};
    // A suffix range of an empty content is satisfiable and empty (RFC 9110, 14.1.2).
    suffix_of_empty = suffix_of_empty || (size == 0 && !spec->first && spec->last > 0);
    if (const auto part = resolve_range(*spec, size)) add_merged(plan.ranges, *part);
  }
  if (suffix_of_empty || plan.ranges.size() > kMaxSentRanges) return {};
  plan.kind = plan.ranges.empty()       ? RangePlan::Kind::unsatisfiable
              : plan.ranges.size() == 1 ? RangePlan::Kind::part
                                        : RangePlan::Kind::parts;
  return plan;
}

bool if_range_matches(std::optional<std::string_view> if_range, std::string_view etag,
                      std::optional<Seconds> last_modified, Seconds now) {
  if (!if_range) return true;
  const std::string_view text = trim(*if_range);
  if (const auto tag = parse_entity_tag(text)) return !tag->weak && tag->text == etag;
  // A date is a weak validator within a second of the change (RFC 9110, 8.8.2.2).
  const auto date = parse_http_date(text, now);
  return date && last_modified && *date == *last_modified && now - *last_modified > std::chrono::seconds(1);
}

std::string content_range(Range range, std::uint64_t size) {
  return fmt::format("bytes {}-{}/{}", range.first, range.last, size);
}

std::string content_range_unsatisfiable(std::uint64_t size) { return fmt::format("bytes */{}", size); }

MultipartByteRanges format_byte_ranges(const std::vector<Range>& ranges, std::uint64_t size,
                                       std::string_view type, std::string_view boundary) {
  MultipartByteRanges result;
  result.content_type = fmt::format("multipart/byteranges; boundary={}", boundary);
  for (const Range& range : ranges) {
    std::string head = fmt::format("{}--{}\r\n", result.heads.empty() ? "" : "\r\n", boundary);
    if (!type.empty()) head += fmt::format("Content-Type: {}\r\n", type);
    head += fmt::format("Content-Range: {}\r\n\r\n", content_range(range, size));
    result.length += head.size() + range.size();
    result.heads.push_back(std::move(head));
  }
  result.tail = fmt::format("\r\n--{}--\r\n", boundary);
  result.length += result.tail.size();
  return result;
}

}  // namespace convert::server::http
