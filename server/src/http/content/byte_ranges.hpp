// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "http/message/http_date.hpp"

namespace convert::server::http {

/// Both ends belong to it.
struct Range {
  std::uint64_t first = 0;
  std::uint64_t last = 0;
  std::uint64_t size() const noexcept { return last - first + 1; }
  friend bool operator==(const Range&, const Range&) = default;
};

/// What of a content is sent.
struct RangePlan {
  enum class Kind : std::uint8_t { whole, part, parts, unsatisfiable } kind = Kind::whole;
  std::vector<Range> ranges{};  ///< one of `part`, at least two of `parts`; in the order asked for
};

/// Answers a Range (RFC 9110, 14). Ranges that overlap or touch become one (others do not, however near:
/// who asked for two parts gets two); more than 16 after that, more than 100 before, or an ill-formed field:
/// the whole.
RangePlan plan_ranges(std::optional<std::string_view> range, std::uint64_t size);

/// Whether Range counts: no If-Range, or one that names exactly this state (RFC 9110, 13.1.5: strong tags
/// only).
bool if_range_matches(std::optional<std::string_view> if_range, std::string_view etag,
                      std::optional<Seconds> last_modified, Seconds now);

std::string content_range(Range range, std::uint64_t size);   ///< "bytes 0-9/100"
std::string content_range_unsatisfiable(std::uint64_t size);  ///< "bytes */100"

/// The texts around the parts of multipart/byteranges (RFC 9110, 14.6). Part i is sent behind `heads[i]`, and
/// `tail` at the end.
struct MultipartByteRanges {
  std::string content_type;
  std::vector<std::string> heads;
  std::string tail;
  std::uint64_t length = 0;  ///< of all together
};
/// `boundary`: 1 to 70 characters of a-z A-Z 0-9, random. `type`: of the content; may be empty.
MultipartByteRanges format_byte_ranges(const std::vector<Range>& ranges, std::uint64_t size,
                                       std::string_view type, std::string_view boundary);

}  // namespace convert::server::http
