// SPDX-License-Identifier: MIT
#include <algorithm>
#include <array>
#include <string>
#include <vector>

#include <fmt/format.h>

#include <convert/output_spec.hpp>

#include "base/json_writer.hpp"
#include "library/json_read.hpp"
#include "library/option_table.hpp"
#include "library/option_values.hpp"

namespace convert {
namespace {

using namespace library;
using std::string_view;

constexpr string_view kTagPrefix = "tags.";
// Tags that people write without "tags." before them.
constexpr std::array kCommonTags = {string_view("title"), string_view("artist"),  string_view("album"),
                                    string_view("genre"), string_view("comment"), string_view("date")};

std::vector<SpecOption> make_options() {
  std::vector<SpecOption> result;
  for (const OptionRow& field : option_rows()) result.push_back(field.option);
  return result;
}

bool is_similar(string_view wanted, string_view name) {
  const std::size_t most = name.size() < 5 ? 1 : 2;
  if (edit_distance(wanted, name) <= most) return true;
  return wanted.size() >= 3 &&
         (name.starts_with(wanted) || name.ends_with(wanted) || wanted.starts_with(name));
}

std::vector<std::string> similar_names(string_view name) {
  std::vector<std::string> similar;
  const auto wanted = lower_case(name);
  if (wanted.size() > kMaxTagNameBytes) return similar;
  for (const OptionRow& field : option_rows()) {
    if (is_similar(wanted, field.option.name)) similar.push_back(in_quotes(field.option.name));
  }
  for (const auto tag : kCommonTags) {
    if (wanted == tag) similar.push_back(in_quotes(fmt::format("tags.{}", tag)));
  }
  return similar;
}

Error unknown_option(string_view name) {
  const auto similar = similar_names(name);
  if (!similar.empty()) {
    return {Errc::unsupported, fmt::format("There is no option {}; did you mean {}?", in_quotes(name),
                                           fmt::join(similar, " or "))};
  }
  std::vector<string_view> all;
  for (const OptionRow& field : option_rows()) all.push_back(field.option.name);
  return {Errc::unsupported,
          fmt::format("There is no option {}; there are {}.", in_quotes(name), fmt::join(all, ", "))};
}

Error wrong_kind(const OptionRow& field, JsonMember::Kind kind) {
  const auto what = kind == JsonMember::Kind::object   ? "an object"
                    : kind == JsonMember::Kind::number ? "a number"
                                                       : "a text";
  return {Errc::invalid_argument, fmt::format("{}: {} is not expected; it may be {}, such as {}.",
                                              field.option.name, what, field.option.allowed, field.example)};
}

/// Whether a JSON value of that kind can be what the field takes.
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
                   fmt::format("tags: {} has to be a text in quotes.", in_quotes(member.name))};
    }
    return set_option(spec, member.name, member.text);
  }
  const OptionRow* field = find_option(member.name);
  if (!field) return unknown_option(member.name);
  if (!accepts_kind(*field, member.kind)) return wrong_kind(*field, member.kind);
  if (member.kind == JsonMember::Kind::object) return {};  // its members follow
  return set_option(spec, member.name, member.text);
}

/// The spec, if its fields fit together.
Result<OutputSpec> validated(OutputSpec spec) {
  if (const auto valid = validate(spec); !valid) return valid.error();
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
  OutputSpec trial;  // so that a value that is none leaves `spec` as it was
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
                   fmt::format("{} is no option: write name=value, such as bitrate=192k.", in_quotes(word))};
    }
    const auto done = set_option(spec, word.substr(0, equals), word.substr(equals + 1));
    if (!done) return done.error();
  }
  return validated(std::move(spec));
}

Result<OutputSpec> parse_spec(string_view json) {
  if (json.size() > kMaxSpecBytes) {
    return Error{Errc::invalid_argument,
                 fmt::format("The JSON of the options has {} bytes; it may have up to {}.", json.size(),
                             kMaxSpecBytes)};
  }
  const auto members = parse_json_members(json);
  if (!members) return members.error();
  OutputSpec spec;
  for (const auto& member : *members) {
    if (const auto done = set_member(spec, member); !done) return done.error();
  }
  return validated(std::move(spec));
}

std::string to_json(const OutputSpec& spec) {
  base::JsonWriter json;
  json.begin_object();
  for (const OptionRow& field : option_rows()) {
    if (!field.is_set(spec)) continue;
    json.key(field.option.name);
    field.write(json, spec);
  }
  json.end_object();
  return std::move(json).take();
}

}  // namespace convert
