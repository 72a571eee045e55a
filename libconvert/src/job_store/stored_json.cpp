// SPDX-License-Identifier: MIT
#include "job_store/stored_json.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>
#include <chrono>
#include <utility>

namespace convert::job_store {
namespace {

namespace json = boost::json;

std::optional<json::value> parse_json(std::string_view text) {
  json::parse_options options;
  options.allow_invalid_utf8 = true;  // file names may be any bytes
  options.max_depth = 4;
  json::error_code code;
  auto value = json::parse(text, code, {}, options);
  if (code) return std::nullopt;
  return value;
}

/// Reads the members of one object of a list. `valid` is false after a missing member or a wrong type.
class MemberReader {
 public:
  explicit MemberReader(const json::value& value) : object_(value.if_object()) {}

  std::string text(std::string_view name) {
    const auto* value = find(name);
    const auto* text = value ? value->if_string() : nullptr;
    if (!text) return invalid<std::string>();
    return std::string(text->data(), text->size());
  }
  template <class Number>
  Number number(std::string_view name) {
    const auto* value = find(name);
    json::error_code code;
    const auto number = value ? value->to_number<Number>(code) : Number{};
    return value && !code ? number : invalid<Number>();
  }
  bool has(std::string_view name) const { return find(name) != nullptr; }
  bool valid() const { return valid_; }

 private:
  const json::value* find(std::string_view name) const {
    return object_ ? object_->if_contains(name) : nullptr;
  }
  template <class T>
  T invalid() {
    valid_ = false;
    return T{};
  }

  const json::object* object_;
  bool valid_ = true;
};

template <class T, class Read>
std::optional<std::vector<T>> parse_list(std::string_view text, Read read) {
  std::vector<T> list;
  if (text.empty()) return list;
  const auto value = parse_json(text);
  const auto* array = value ? value->if_array() : nullptr;
  if (!array) return std::nullopt;
  list.reserve(array->size());
  for (const auto& item : *array) {
    MemberReader members(item);
    list.push_back(read(members));
    if (!members.valid()) return std::nullopt;
  }
  return list;
}

template <class T, class Write>
std::string list_to_json(const std::vector<T>& list, Write write) {
  if (list.empty()) return {};
  json::array array;
  array.reserve(list.size());
  for (const auto& item : list) array.emplace_back(write(item));
  return json::serialize(array);
}

/// A member's value as the text that `set` accepts.
std::string option_text(const json::value& value) {
  if (const auto* text = value.if_string()) return std::string(text->data(), text->size());
  return json::serialize(value);
}

/// Sets the options that this build knows. False if there were others.
bool set_options(OutputSpec& spec, const std::string& prefix, const json::object& object) {
  bool all = true;
  for (const auto& member : object) {
    const auto name = prefix + std::string(member.key());
    if (const auto* inner = member.value().if_object()) {
      all = set_options(spec, name + ".", *inner) && all;
    } else {
      all = set_option(spec, name, option_text(member.value())).has_value() && all;
    }
  }
  return all;
}

}  // namespace

std::string inputs_to_json(const std::vector<JobInput>& inputs) {
  return list_to_json(inputs, [](const JobInput& input) {
    return json::object{
        {"name", input.name}, {"key", input.key}, {"size", input.size}, {"sha256", input.sha256}};
  });
}

std::optional<std::vector<JobInput>> parse_inputs(std::string_view text) {
  return parse_list<JobInput>(text, [](MemberReader& members) {
    return JobInput{members.text("name"), members.text("key"), members.number<std::uint64_t>("size"),
                    members.text("sha256")};
  });
}

std::string outputs_to_json(const std::vector<JobOutput>& outputs) {
  return list_to_json(outputs, [](const JobOutput& output) {
    json::object object{{"name", output.name},
                        {"key", output.key},
                        {"size", output.size},
                        {"sha256", output.sha256},
                        {"content_type", output.content_type}};
    if (output.duration) object["duration_ms"] = output.duration->count();
    return object;
  });
}

std::optional<std::vector<JobOutput>> parse_outputs(std::string_view text) {
  return parse_list<JobOutput>(text, [](MemberReader& members) {
    JobOutput output{
        members.text("name"),   members.text("key"),          members.number<std::uint64_t>("size"),
        members.text("sha256"), members.text("content_type"), {}};
    if (members.has("duration_ms")) {
      output.duration = std::chrono::milliseconds(members.number<std::int64_t>("duration_ms"));
    }
    return output;
  });
}

std::string warnings_to_json(const std::vector<Warning>& warnings) {
  return list_to_json(warnings, [](const Warning& warning) {
    return json::object{{"code", static_cast<unsigned>(warning.code)}, {"message", warning.message}};
  });
}

std::optional<std::vector<Warning>> parse_warnings(std::string_view text) {
  return parse_list<Warning>(text, [](MemberReader& members) {
    // An unknown code is kept.
    return Warning{static_cast<WarningCode>(members.number<std::uint8_t>("code")), members.text("message")};
  });
}

std::string labels_to_json(const std::map<std::string, std::string>& labels) {
  if (labels.empty()) return {};
  json::object object;
  for (const auto& [name, value] : labels) object[name] = value;
  return json::serialize(object);
}

std::optional<std::map<std::string, std::string>> parse_labels(std::string_view text) {
  std::map<std::string, std::string> labels;
  if (text.empty()) return labels;
  const auto value = parse_json(text);
  const auto* object = value ? value->if_object() : nullptr;
  if (!object) return std::nullopt;
  for (const auto& member : *object) {
    const auto* label = member.value().if_string();
    if (!label) return std::nullopt;
    labels.emplace(member.key(), std::string(label->data(), label->size()));
  }
  return labels;
}

std::optional<StoredSpec> parse_stored_spec(std::string_view text) {
  if (auto spec = parse_spec(text)) return StoredSpec{std::move(*spec), true};
  // Written by a newer build, or invalid as a whole, which a stored spec may be: take the known fields.
  const auto value = parse_json(text);
  const auto* object = value ? value->if_object() : nullptr;
  if (!object) return std::nullopt;
  StoredSpec stored;
  stored.supported = set_options(stored.spec, "", *object);
  return stored;
}

}  // namespace convert::job_store
