// SPDX-License-Identifier: MIT

#include <fmt/format.h>
#include <boost/json/basic_parser_impl.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <convert/output_spec.hpp>
#include <convert/result.hpp>

#include "base/json_writer.hpp"
#include "base/text.hpp"
#include "base/try.hpp"
#include "library/option_table.hpp"

namespace convert::library {
namespace {

namespace boost_json = boost::json;

/// One member of a JSON object. A member of an object inside it is named "outer.inner".
struct JsonMember {
  enum class Kind : std::uint8_t { text, number, object };
  std::string name;
  Kind kind = Kind::text;
  std::string text;  ///< a number as it is written, so that no precision is lost
};

using Kind = JsonMember::Kind;

/// Receives the parser's events and collects the members.
struct MemberCollector {
  // NOLINTBEGIN(readability-identifier-naming): Boost.JSON requires these names.
  static constexpr std::size_t max_object_size = 4096;
  static constexpr std::size_t max_array_size = 0;
  static constexpr std::size_t max_key_size = 4096;
  static constexpr std::size_t max_string_size = 65536;
  // NOLINTEND(readability-identifier-naming)

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
  bool on_array_begin(Code& code) { return refuse("a list is not allowed", code); }
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
  bool on_bool(bool, Code& code) { return refuse("true and false are not allowed", code); }
  bool on_null(Code& code) { return refuse("null is not allowed: omit the member", code); }
  bool on_comment_part(Text, Code&) { return true; }
  bool on_comment(Text, Code&) { return true; }

  bool append(Text part) {
    pending.append(part.data(), part.size());
    return true;
  }
  bool add(Kind kind, Code& code) {
    if (depth == 0) return refuse("expected an object, such as {\"format\":\"mp3\"}", code);
    members.push_back({name, kind, std::exchange(pending, {})});
    return true;
  }
  bool refuse(std::string why, Code& code) {
    problem = name.empty() ? std::move(why) : fmt::format("{}: {}", base::in_quotes(name), why);
    code = boost_json::make_error_code(boost_json::error::syntax);
    return false;
  }

  int depth = 0;
  std::string outer;    // inside a nested object: its name and a dot
  std::string name;     // of the current member
  std::string pending;  // the parts so far of a name, text or number
  std::string problem;
  std::vector<JsonMember> members;
};

Error json_error_at(std::string_view json, std::size_t offset, std::string_view what) {
  const auto before = json.substr(0, offset);
  const auto line = 1 + std::count(before.begin(), before.end(), '\n');
  const auto column = before.size() - (before.rfind('\n') + 1) + 1;  // npos + 1 is 0
  return {Errc::invalid_argument,
          fmt::format("The options are not valid JSON at line {}, column {}: {}.", line, column, what)};
}

/// The name of a member's option, whichever spelling the member has; for other members the name in lower
/// case.
std::string canonical_name(const JsonMember& member) {
  auto name = base::lower_case(member.name);
  if (const OptionRow* row = find_option(name)) name = row->option.name;
  return name;
}

/// The second of two members for the same option, or null.
const JsonMember* find_duplicate(const std::vector<JsonMember>& members) {
  std::vector<std::pair<std::string, const JsonMember*>> sorted;
  sorted.reserve(members.size());
  for (const auto& member : members) sorted.emplace_back(canonical_name(member), &member);
  std::sort(sorted.begin(), sorted.end());
  const auto duplicate = std::adjacent_find(sorted.begin(), sorted.end(),
                                            [](const auto& a, const auto& b) { return a.first == b.first; });
  return duplicate == sorted.end() ? nullptr : duplicate->second;
}

std::string_view describe_json_error(const boost_json::error_code& code) {
  if (code == boost_json::error::too_deep) return "objects are nested deeper than two levels";
  if (code == boost_json::error::incomplete) return "unexpected end of the text";
  if (code == boost_json::error::object_too_large) return "the object has more than 4096 members";
  if (code == boost_json::error::key_too_large) return "a name has more than 4096 bytes";
  if (code == boost_json::error::extra_data) return "unexpected text after the object";
  return "syntax error, or not UTF-8";
}

/// The members of a JSON object in their order: texts, numbers, and nested objects of texts and numbers, each
/// listed before its members. Errors: `invalid_argument` with the position.
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
                 fmt::format("The options contain {} twice.", base::in_quotes(duplicate->name))};
  }
  return std::move(collected.members);
}

}  // namespace
}  // namespace convert::library

namespace convert {
namespace {

using namespace library;
using std::string_view;

constexpr string_view kTagPrefix = "tags.";
// Tags that users may write without the prefix "tags.".
constexpr std::array kCommonTags = {string_view("title"), string_view("artist"),  string_view("album"),
                                    string_view("genre"), string_view("comment"), string_view("date")};

std::vector<SpecOption> make_options() {
  std::vector<SpecOption> result;
  for (const OptionRow& field : option_rows()) result.push_back(field.option);
  return result;
}

bool is_similar(string_view requested, string_view name) {
  const std::size_t max_distance = name.size() < 5 ? 1 : 2;
  if (base::edit_distance(requested, name) <= max_distance) return true;
  return requested.size() >= 3 &&
         (name.starts_with(requested) || name.ends_with(requested) || requested.starts_with(name));
}

std::vector<std::string> similar_names(string_view name) {
  std::vector<std::string> similar;
  const auto requested = base::lower_case(name);
  if (requested.size() > kMaxTagNameBytes) return similar;
  for (const OptionRow& field : option_rows()) {
    if (is_similar(requested, field.option.name) || is_similar(requested, field.stored_name)) {
      similar.push_back(base::in_quotes(field.option.name));
    }
  }
  for (const auto tag : kCommonTags) {
    if (requested == tag) similar.push_back(base::in_quotes(fmt::format("tags.{}", tag)));
  }
  return similar;
}

Error unknown_option(string_view name) {
  const auto similar = similar_names(name);
  if (!similar.empty()) {
    return {Errc::unsupported, fmt::format("Unknown option {}. Did you mean {}?", base::in_quotes(name),
                                           fmt::join(similar, " or "))};
  }
  std::vector<string_view> all;
  for (const OptionRow& field : option_rows()) all.push_back(field.option.name);
  return {Errc::unsupported,
          fmt::format("Unknown option {}. The options: {}.", base::in_quotes(name), fmt::join(all, ", "))};
}

Error wrong_kind(const OptionRow& field, JsonMember::Kind kind) {
  const auto what = kind == JsonMember::Kind::object   ? "an object"
                    : kind == JsonMember::Kind::number ? "a number"
                                                       : "a text";
  return {Errc::invalid_argument, fmt::format("{} must not be {}, but {}, such as {}.", field.option.name,
                                              what, field.option.allowed, field.example)};
}

/// Whether the option accepts a JSON value of this kind.
bool accepts_kind(const OptionRow& field, JsonMember::Kind kind) {
  const bool wants_object = field.option.type == "object";
  if (kind == JsonMember::Kind::object || wants_object)
    return wants_object && kind == JsonMember::Kind::object;
  return kind == JsonMember::Kind::text || field.option.type != "text";
}

Result<void> set_member(OutputSpec& spec, const JsonMember& member) {
  if (member.name.starts_with(kTagPrefix)) {
    if (member.kind != JsonMember::Kind::text) {
      return Error{Errc::invalid_argument,
                   fmt::format("{} must be a text in quotes.", base::in_quotes(member.name))};
    }
    return set_option(spec, member.name, member.text);
  }
  const OptionRow* field = find_option(member.name);
  if (!field) return unknown_option(member.name);
  if (!accepts_kind(*field, member.kind)) return wrong_kind(*field, member.kind);
  if (member.kind == JsonMember::Kind::object) return {};  // its members come next
  return set_option(spec, member.name, member.text);
}

/// The spec if it is valid.
Result<OutputSpec> validated(OutputSpec spec) {
  CONVERT_TRY(validate(spec));
  return spec;
}

}  // namespace

string_view to_string(SampleFormat value) noexcept {
  switch (value) {
    case SampleFormat::s16:
      return "s16";
    case SampleFormat::s24:
      return "s24";
    case SampleFormat::s32:
      return "s32";
    case SampleFormat::f32:
      return "f32";
  }
  return "unknown";
}

string_view to_string(MetadataPolicy value) noexcept {
  switch (value) {
    case MetadataPolicy::keep:
      return "keep";
    case MetadataPolicy::replace:
      return "replace";
    case MetadataPolicy::strip:
      return "strip";
  }
  return "unknown";
}

std::span<const SpecOption> spec_options() noexcept {
  static const std::vector<SpecOption> all = make_options();
  return all;
}

Result<void> set_option(OutputSpec& spec, string_view name, string_view value) {
  if (name.starts_with(kTagPrefix)) return set_tag(spec, name.substr(kTagPrefix.size()), value);
  const OptionRow* field = find_option(name);
  if (!field) return unknown_option(name);
  OutputSpec trial;  // so that an invalid value leaves `spec` unchanged
  if (!field->read(trial, value) || (field->is_set(trial) && !field->is_valid(trial))) {
    return invalid_value(*field, value);
  }
  field->read(spec, value);
  return {};
}

Result<OutputSpec> parse_options(std::span<const std::string> words) {
  OutputSpec spec;
  for (const string_view word : words) {
    const auto equals = word.find('=');
    if (equals == string_view::npos) {
      return Error{Errc::invalid_argument,
                   fmt::format("{} is not an option: write name=value, such as audio_bitrate=192k.",
                               base::in_quotes(word))};
    }
    CONVERT_TRY(set_option(spec, word.substr(0, equals), word.substr(equals + 1)));
  }
  return validated(std::move(spec));
}

Result<OutputSpec> parse_spec(string_view json) {
  if (json.size() > kMaxSpecBytes) {
    return Error{Errc::invalid_argument, fmt::format("The options have {} bytes of JSON; the limit is {}.",
                                                     json.size(), kMaxSpecBytes)};
  }
  CONVERT_TRY_ASSIGN(const auto members, parse_json_members(json));
  OutputSpec spec;
  for (const auto& member : members) {
    CONVERT_TRY(set_member(spec, member));
  }
  return validated(std::move(spec));
}

std::string to_json(const OutputSpec& spec) {
  base::JsonWriter json;
  json.begin_object();
  for (const OptionRow& field : option_rows()) {
    if (!field.is_set(spec)) continue;
    json.key(field.stored_name);
    field.write(json, spec);
  }
  json.end_object();
  return std::move(json).take();
}

}  // namespace convert
