// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "http/message/http_date.hpp"

namespace convert::server::http {

/// A range of bytes, both ends inclusive.
struct Range {
  std::uint64_t first = 0;
  std::uint64_t last = 0;
  std::uint64_t size() const noexcept { return last - first + 1; }
  friend bool operator==(const Range&, const Range&) = default;
};

/// What part of a content a response contains.
struct RangePlan {
  enum class Kind : std::uint8_t { whole, part, parts, unsatisfiable } kind = Kind::whole;
  std::vector<Range> ranges{};  ///< one for `part`, at least two for `parts`; in the requested order
};

/// Evaluates a Range field (RFC 9110, 14). Overlapping and adjacent ranges are merged. The result is `whole`
/// for a malformed field, for more than 100 requested ranges and for more than 16 merged ones.
RangePlan plan_ranges(std::optional<std::string_view> range, std::uint64_t size);

/// Whether Range applies: there is no If-Range, or it matches the current state (RFC 9110, 13.1.5: strong
/// comparison).
bool if_range_matches(std::optional<std::string_view> if_range, std::string_view etag,
                      std::optional<Seconds> last_modified, Seconds now);

std::string content_range(Range range, std::uint64_t size);   ///< "bytes 0-9/100"
std::string content_range_unsatisfiable(std::uint64_t size);  ///< "bytes */100"

/// The texts around the parts of multipart/byteranges (RFC 9110, 14.6). `heads[i]` precedes part i; `tail`
/// follows the last part.
struct MultipartByteRanges {
  std::string content_type;
  std::vector<std::string> heads;
  std::string tail;
  std::uint64_t length = 0;  ///< total length of the body
};
/// `boundary`: 1 to 70 random characters of a-z A-Z 0-9. `type`: Content-Type of the content, may be empty.
MultipartByteRanges format_byte_ranges(const std::vector<Range>& ranges, std::uint64_t size,
                                       std::string_view type, std::string_view boundary);

}  // namespace convert::server::http
