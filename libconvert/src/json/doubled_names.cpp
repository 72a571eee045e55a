// SPDX-License-Identifier: MIT
#include "json/doubled_names.hpp"

#include <boost/json/basic_parser_impl.hpp>
#include <cstdint>
#include <limits>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace convert::json {
namespace {

/// Hears the parser's events and keeps the names of each object that is open.
struct Names {
  static constexpr std::size_t max_object_size = std::numeric_limits<std::size_t>::max();
  static constexpr std::size_t max_array_size = max_object_size;
  static constexpr std::size_t max_key_size = max_object_size;
  static constexpr std::size_t max_string_size = max_object_size;

  using Code = boost::json::error_code;
  using Text = boost::json::string_view;

  bool on_object_begin(Code&) {
    open.emplace_back();
    return true;
  }
  bool on_object_end(std::size_t, Code&) {
    open.pop_back();
    return true;
  }
  bool on_key_part(Text part, std::size_t, Code&) {
    name.append(part.data(), part.size());
    return true;
  }
  bool on_key(Text part, std::size_t, Code& code) {
    name.append(part.data(), part.size());
    if (open.back().insert(std::exchange(name, {})).second) return true;
    code = boost::json::make_error_code(boost::json::error::syntax);
    return false;
  }

  bool on_document_begin(Code&) { return true; }
  bool on_document_end(Code&) { return true; }
  bool on_array_begin(Code&) { return true; }
  bool on_array_end(std::size_t, Code&) { return true; }
  bool on_string_part(Text, std::size_t, Code&) { return true; }
  bool on_string(Text, std::size_t, Code&) { return true; }
  bool on_number_part(Text, Code&) { return true; }
  bool on_int64(std::int64_t, Text, Code&) { return true; }
  bool on_uint64(std::uint64_t, Text, Code&) { return true; }
  bool on_double(double, Text, Code&) { return true; }
  bool on_bool(bool, Code&) { return true; }
  bool on_null(Code&) { return true; }
  bool on_comment_part(Text, Code&) { return true; }
  bool on_comment(Text, Code&) { return true; }

  std::vector<std::set<std::string>> open;
  std::string name;  // parts of the one that is being read
};

}  // namespace

std::optional<std::size_t> find_doubled_name(std::string_view text, std::size_t depth) {
  boost::json::parse_options options;
  options.max_depth = depth;
  options.allow_invalid_utf8 = true;
  boost::json::basic_parser<Names> parser(options);
  boost::json::error_code code;
  const auto read = parser.write_some(false, text.data(), text.size(), code);
  return code ? std::optional(read) : std::nullopt;
}

}  // namespace convert::json
