// SPDX-License-Identifier: MIT
#include "json/value.hpp"

#include <algorithm>
#include <array>
#include <boost/json/parser.hpp>
#include <cstddef>
#include <string>

#include <fmt/format.h>

#include "json/doubled_names.hpp"

namespace convert::json {
namespace {

std::string_view describe(const boost::json::error_code& code) {
  using boost::json::error;
  if (code == error::too_deep) return "objects or lists are nested too deep";
  if (code == error::incomplete) return "the text ends too early";
  if (code == error::extra_data) return "something follows the value";
  return "this is no JSON in UTF-8";
}

Error error_at(std::string_view text, std::size_t offset, std::string_view what) {
  const auto before = text.substr(0, offset);
  const auto line = 1 + std::count(before.begin(), before.end(), '\n');
  const auto column = before.size() - (before.rfind('\n') + 1) + 1;  // npos + 1 is 0
  return {Errc::invalid_argument,
          fmt::format("The JSON is not right at line {}, column {}: {}.", line, column, what)};
}

}  // namespace

Result<boost::json::value> parse(std::string_view text, const ParseLimits& limits) {
  boost::json::parse_options options;
  options.max_depth = limits.depth;
  options.allow_invalid_utf8 = limits.any_bytes;
  std::array<unsigned char, 2048> room;  // what most texts need
  boost::json::parser parser({}, options, room.data(), room.size());
  boost::json::error_code code;
  const auto read = parser.write_some(text.data(), text.size(), code);
  if (!code && read < text.size()) code = boost::json::make_error_code(boost::json::error::extra_data);
  if (code) return error_at(text, read, describe(code));
  if (!limits.doubled_names) {
    if (const auto where = find_doubled_name(text, limits.depth)) {
      return error_at(text, *where, "the object has this name already");
    }
  }
  return parser.release();
}

}  // namespace convert::json
