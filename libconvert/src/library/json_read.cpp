// SPDX-License-Identifier: MIT
#include "library/json_read.hpp"

#include <algorithm>
#include <boost/json/basic_parser_impl.hpp>
#include <cstddef>
#include <utility>

#include <fmt/format.h>

#include "library/option_values.hpp"

namespace convert::library {
namespace {

namespace boost_json = boost::json;
using Kind = JsonMember::Kind;

/// Hears the parser's events and makes the list of members.
struct MemberCollector {
  static constexpr std::size_t max_object_size = 4096;
  static constexpr std::size_t max_array_size = 0;
  static constexpr std::size_t max_key_size = 4096;
  static constexpr std::size_t max_string_size = 65536;

  using Code = boost_json::error_code;
  using Text = boost_json::string_view;

  bool on_document_begin(Code&) { return true; }
  bool on_document_end(Code&) { return true; }

  bool on_object_begin(Code& code) {
    ++depth;
    if (depth == 1) return true;
    outer = name + ".";
    return add(Kind::object, code);
  }
  bool on_object_end(std::size_t, Code&) {
    --depth;
    outer.clear();
    return true;
  }
  bool on_array_begin(Code& code) { return refuse("a list is not expected", code); }
  bool on_array_end(std::size_t, Code&) { return true; }

  bool on_key_part(Text part, std::size_t, Code&) { return append(part); }
  bool on_key(Text part, std::size_t, Code&) {
    append(part);
    name = outer + std::exchange(pending, {});
    return true;
  }
  bool on_string_part(Text part, std::size_t, Code&) { return append(part); }
  bool on_string(Text part, std::size_t, Code& code) { return append(part) && add(Kind::text, code); }
  bool on_number_part(Text part, Code&) { return append(part); }
  bool on_int64(std::int64_t, Text part, Code& code) { return append(part) && add(Kind::number, code); }
  bool on_uint64(std::uint64_t, Text part, Code& code) { return append(part) && add(Kind::number, code); }
  bool on_double(double, Text part, Code& code) { return append(part) && add(Kind::number, code); }
  bool on_bool(bool, Code& code) { return refuse("true and false are not expected", code); }
  bool on_null(Code& code) { return refuse("null is not expected: leave out what is not wanted", code); }
  bool on_comment_part(Text, Code&) { return true; }
  bool on_comment(Text, Code&) { return true; }

  bool append(Text part) {
    pending.append(part.data(), part.size());
    return true;
  }
  bool add(Kind kind, Code& code) {
    if (depth == 0) return refuse("an object is expected, such as {\"format\":\"mp3\"}", code);
    members.push_back({name, kind, std::exchange(pending, {})});
    return true;
  }
  bool refuse(std::string why, Code& code) {
    problem = name.empty() ? std::move(why) : fmt::format("{}: {}", in_quotes(name), why);
    code = boost_json::make_error_code(boost_json::error::syntax);
    return false;
  }

  int depth = 0;
  std::string outer;    // the name of the object we are in and a dot, one level down
  std::string name;     // of the member that is being read
  std::string pending;  // parts of a name, text or number
  std::string problem;
  std::vector<JsonMember> members;
};

Error json_error_at(std::string_view json, std::size_t offset, std::string_view what) {
  const auto before = json.substr(0, offset);
  const auto line = 1 + std::count(before.begin(), before.end(), '\n');
  const auto column = before.size() - (before.rfind('\n') + 1) + 1;  // npos + 1 is 0
  return {Errc::invalid_argument,
          fmt::format("The JSON of the options is not right at line {}, column {}: {}.", line, column, what)};
}

/// The second of two members of the same name, if there is one.
const JsonMember* find_duplicate(const std::vector<JsonMember>& members) {
  std::vector<std::pair<std::string, const JsonMember*>> sorted;
  sorted.reserve(members.size());
  for (const auto& member : members) sorted.emplace_back(lower_case(member.name), &member);
  std::sort(sorted.begin(), sorted.end());
  const auto duplicate = std::adjacent_find(sorted.begin(), sorted.end(),
                                            [](const auto& a, const auto& b) { return a.first == b.first; });
  return duplicate == sorted.end() ? nullptr : duplicate->second;
}

std::string_view describe_json_error(const boost_json::error_code& code) {
  if (code == boost_json::error::too_deep) return "objects are nested deeper than two levels";
  if (code == boost_json::error::incomplete) return "the text ends too early";
  if (code == boost_json::error::object_too_large) return "the object has more than 4096 members";
  if (code == boost_json::error::key_too_large) return "a name has more than 4096 bytes";
  if (code == boost_json::error::extra_data) return "something follows the object";
  return "this is no JSON in UTF-8";
}

}  // namespace

Result<std::vector<JsonMember>> parse_json_members(std::string_view text) {
  boost_json::parse_options options;
  options.max_depth = 2;
  boost_json::basic_parser<MemberCollector> parser(options);
  boost_json::error_code code;
  const auto read = parser.write_some(false, text.data(), text.size(), code);
  if (!code && !parser.done()) code = boost_json::make_error_code(boost_json::error::incomplete);
  if (!code && read < text.size()) code = boost_json::make_error_code(boost_json::error::extra_data);
  auto& collected = parser.handler();
  if (code) {
    return json_error_at(text, read,
                         collected.problem.empty() ? describe_json_error(code) : collected.problem);
  }
  if (const auto* duplicate = find_duplicate(collected.members)) {
    return Error{Errc::invalid_argument,
                 fmt::format("The JSON of the options names {} twice.", in_quotes(duplicate->name))};
  }
  return std::move(collected.members);
}

}  // namespace convert::library
