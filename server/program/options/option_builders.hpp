// SPDX-License-Identifier: MIT
#pragma once

#include <limits>
#include <string_view>
#include <type_traits>
#include <utility>

#include "options/option.hpp"
#include "options/passwords.hpp"

/// Builds rows of the table from a type of value and a field of Settings. A generic lambda selects the field:
/// `[](auto& s) -> auto& { return s.http_threads; }`.
namespace convertd {

struct OptionText {
  std::string_view name, value, description;
  std::string_view default_text{};
};

template <class Field>
using FieldType = std::remove_cvref_t<std::invoke_result_t<Field, Settings&>>;

/// An option with its own functions: `read` is Result<T>(string_view), `show` is string(const T&).
template <class Field, class Read, class Show>
Option option(const OptionText& words, Field field, Read read, Show show) {
  return {words.name,
          words.value,
          words.default_text,
          words.description,
          [field, read](Settings& settings, std::string_view text) -> Result<void> {
            auto value = read(text);
            if (!value) return std::move(value).error();
            field(settings) = std::move(*value);
            return {};
          },
          [field, show](const Settings& settings) -> std::string { return show(field(settings)); }};
}

/// A number. With a `default_text`, 0 means that the value is chosen automatically.
template <class Field>
Option count_option(const OptionText& words, Field field, std::uint64_t min, std::uint64_t max) {
  using Number = FieldType<Field>;
  const bool open = !words.default_text.empty();
  auto read = [=](std::string_view text) -> Result<Number> {
    const auto number = parse_count(text, min, max);
    if (!number) return number.error();
    return static_cast<Number>(*number);
  };
  auto show = [=](const Number& number) {
    return open && number == 0 ? std::string() : std::to_string(number);
  };
  return option(words, field, read, show);
}

template <class Field>
Option size_option(const OptionText& words, Field field, std::uint64_t min,
                   std::uint64_t max = std::uint64_t{1} << 62) {
  using Number = FieldType<Field>;
  auto read = [=](std::string_view text) -> Result<Number> {
    const auto bytes = parse_size(text, min, max);
    if (!bytes) return bytes.error();
    return static_cast<Number>(*bytes);
  };
  return option(words, field, read, [](const Number& bytes) { return format_size(bytes); });
}

/// Parses a duration that is a multiple of the unit of Duration.
template <class Duration>
Result<Duration> parse_duration_as(std::string_view text, std::chrono::milliseconds min) {
  const auto time = parse_duration(text);
  if (!time) return time.error();
  if (*time < min) return usage_error(in_quotes(text) + " is shorter than " + format_duration(min) + ".");
  const auto whole = std::chrono::duration_cast<Duration>(*time);
  if (whole != *time) return usage_error(in_quotes(text) + " is not a whole number of seconds.");
  return whole;
}

template <class Field>
Option duration_option(const OptionText& words, Field field, std::chrono::milliseconds min) {
  using Duration = FieldType<Field>;
  auto read = [=](std::string_view text) { return parse_duration_as<Duration>(text, min); };
  auto show = [](const Duration& time) {
    return format_duration(std::chrono::duration_cast<std::chrono::milliseconds>(time));
  };
  return option(words, field, read, show);
}

/// A duration, or "forever".
template <class Field>
Option retention_option(const OptionText& words, Field field) {
  using Kept = FieldType<Field>;
  auto read = [](std::string_view text) -> Result<Kept> {
    if (text == "forever") return Kept();
    auto time = parse_duration_as<typename Kept::value_type>(text, std::chrono::milliseconds(0));
    if (time) return Kept(*time);
    time.error().message += " Or use: forever.";
    return time.error();
  };
  auto show = [](const Kept& kept) { return kept ? format_duration(*kept) : std::string("forever"); };
  return option(words, field, read, show);
}

template <class Field>
Option rate_option(const OptionText& words, Field field) {
  return option(words, field, parse_rate, format_rate);
}

template <class Field>
Option bool_option(const OptionText& words, Field field) {
  return option(words, field, parse_bool, format_bool);
}

template <class Field>
Option path_option(const OptionText& words, Field field) {
  auto read = [](std::string_view text) -> Result<std::filesystem::path> {
    if (text.empty()) return usage_error("The path is empty.");
    return std::filesystem::path(text);
  };
  return option(words, field, read, [](const std::filesystem::path& path) { return path.string(); });
}

template <class Field>
Option string_option(const OptionText& words, Field field) {
  auto read = [](std::string_view text) -> Result<std::string> {
    if (text.empty()) return usage_error("The value is empty.");
    return std::string(text);
  };
  return option(words, field, read, [](const std::string& text) { return text; });
}

/// The URI of a backend.
template <class Field>
Option uri_option(const OptionText& words, Field field) {
  auto row = string_option(words, field);
  row.show = [field](const Settings& settings) { return mask_passwords(field(settings)); };
  row.sensitivity = Sensitivity::uri;
  return row;
}

/// A comma-separated list. `read_one` is Result<T>(string_view).
template <class Field, class ReadOne, class ShowOne>
Option list_option(const OptionText& words, Field field, ReadOne read_one, ShowOne show_one) {
  using List = FieldType<Field>;
  auto read = [=](std::string_view text) -> Result<List> {
    List list;
    for (const auto& word : parse_list(text)) {
      auto one = read_one(word);
      if (!one) return std::move(one).error();
      list.push_back(std::move(*one));
    }
    return list;
  };
  auto show = [=](const List& list) {
    std::vector<std::string> shown_ones;
    for (const auto& one : list) shown_ones.push_back(show_one(one));
    return format_list(shown_ones);
  };
  auto row = option(words, field, read, show);
  row.repeatable = true;
  return row;
}

/// One of several keywords.
template <class Field>
Option choice_option(const OptionText& words, Field field,
                     std::vector<std::pair<std::string, FieldType<Field>>> choices) {
  using Value = FieldType<Field>;
  auto read = [choices](std::string_view text) -> Result<Value> {
    std::string names;
    for (const auto& [name, value] : choices) {
      if (name == text) return value;
      names += (names.empty() ? "" : ", ") + name;
    }
    return usage_error(in_quotes(text) + " is not one of " + names + ".");
  };
  auto show = [choices](const Value& expected) {
    for (const auto& [name, value] : choices) {
      if (value == expected) return name;
    }
    return std::string();
  };
  return option(words, field, read, show);
}

}  // namespace convertd
