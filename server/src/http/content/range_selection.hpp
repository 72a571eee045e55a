// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <vector>

#include "http/content/byte_ranges.hpp"
#include "http/message/http_message.hpp"

namespace convert::server::http {

/// Turns a 200 to GET or HEAD into a 304 or a 412, where the conditions of the request say so.
void apply_conditions(const RequestView& request, Response& response);

/// What of a Content is sent, and the texts around it.
struct RangeSelection {
  struct Piece {
    std::string part_header{};
    Range range{};
  };
  std::vector<Piece> pieces{};
  std::string tail{};
  std::uint64_t length = 0;  ///< of everything
};

/// Answers a Range: chooses, and makes the answer, whose body is a Content, a 206 or a 416 if need be.
RangeSelection select_ranges(const RequestView& request, Response& response);

}  // namespace convert::server::http
