// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <vector>

#include "http/content/byte_ranges.hpp"
#include "http/message/http_message.hpp"

namespace convert::server::http {

/// Turns a 200 to GET or HEAD into 304 or 412 if the request's preconditions require it.
void apply_conditions(const RequestView& request, Response& response);

/// The parts of a Content to send, and the texts around them.
struct RangeSelection {
  struct Piece {
    std::string part_header{};
    Range range{};
  };
  std::vector<Piece> pieces{};
  std::string tail{};
  std::uint64_t length = 0;  ///< total length of the body
};

/// Applies Range to a response whose body is a Content: selects the parts, and sets 206 or 416 if needed.
RangeSelection select_ranges(const RequestView& request, Response& response);

}  // namespace convert::server::http
